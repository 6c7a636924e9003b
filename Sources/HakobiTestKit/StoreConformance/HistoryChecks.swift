internal import HakobiCore

extension StoreConformance {
    static let history: [Check] = [
        Check("history has a line an attempt, oldest first, with its outcome and text") { fixture in
            let cause = CauseOfDeath(signal: 6)
            let endings: [(Outcome, String?)] = [
                (.interrupted(reason: "drain"), "drain"), (.snoozed(.zero, reason: nil), nil),
                (.failed(error: "bad day", .after(.zero)), "bad day"),
                (.crashed(cause, error: "abort", budget: 9), "abort"), (.completed(result: nil), nil),
            ]
            let id = try await fixture.add()
            for (ending, _) in endings { try await fixture.end(fixture.claimOne().lease, ending) }
            let history = try await fixture.record(id).history
            try expect("the outcomes", history.map(\.outcome), is: endings.map(\.0.name))
            try expect("the texts", history.map(\.error), is: endings.map(\.1))
            try expect("the attempts", history.map(\.attempt), is: [1, 2, 3, 4, 5])
        },
        Check("a returned attempt leaves no trace in the history") { fixture in
            let id = try await fixture.ended(.returned)
            try await expect("the history", fixture.record(id).history, is: [])
            try await fixture.end(fixture.claimOne().lease, .completed(result: nil))
            try await expect("the attempts", fixture.record(id).history.map(\.attempt), is: [2])
        },
        Check("an error text is kept whole") { fixture in
            let text = String(repeating: "Zeile\n\tünd 🚚 'quote\" \\ %s;\r\n", count: 4000)
            let id = try await fixture.ended(.failed(error: text, .never))
            let line = try await require(fixture.record(id).history.first, "there is no history")
            try expect(line.error == text, "of \(text.utf8.count) bytes, \(line.error?.utf8.count ?? 0) came back")
        },
        Check("history tells who ran the attempt, and when") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await fixture.advance(by: .seconds(5))
            try await fixture.end(lease, .completed(result: nil))
            let record = try await fixture.record(id)
            let line = try require(record.history.first, "there is no history")
            try expect("the report", line.report, is: .usual)
            try expect("the end", line.endedAt, is: try require(record.finishedAt, "no end"))
            try expect("the time it ran", line.endedAt - line.startedAt, is: .seconds(2))
        },
        Check("history tells what ended the process") { fixture in
            let causes = [
                CauseOfDeath(signal: 9, peakMemory: 3 << 32), CauseOfDeath(exitCode: 137), CauseOfDeath(signal: 15),
            ]
            let id = try await fixture.add()
            for cause in causes {
                try await fixture.end(fixture.claimOne().lease, .crashed(cause, error: "died", budget: 9))
            }
            try await expect("the causes", fixture.record(id).history.map(\.cause), is: causes)
        },
        Check("a failure has no cause of death") { fixture in
            let id = try await fixture.ended(.failed(error: "no", .after(.zero)))
            try await expect("the causes", fixture.record(id).history.map(\.cause), is: [nil])
        },
    ]
}
