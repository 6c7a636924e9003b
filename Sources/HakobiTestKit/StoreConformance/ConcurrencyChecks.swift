internal import HakobiCore

extension StoreConformance {
    static let concurrency: [Check] = [
        Check("sixteen claimers at once take each job once") { fixture in
            let jobs = try (0..<200).map { _ in try fixture.job() }
            _ = try await fixture.store.insert(jobs)
            let claimed = try await inParallel(16) { number in
                var mine: [JobID] = []
                while case let more = try await fixture.claim(3, by: owner(number)), !more.isEmpty {
                    mine += more.map(\.lease.job)
                }
                return mine
            }
            try expect("jobs claimed", claimed.flatMap { $0 }.count, is: 200)
            try expect("different jobs claimed", Set(claimed.flatMap { $0 }).count, is: 200)
        },
        Check("of two who settle one lease at once, one does") { fixture in
            for _ in 0..<20 {
                _ = try await fixture.add()
                let lease = try await fixture.claimOne().lease
                let receipts = try await inParallel(2) { _ in
                    try await fixture.settle(lease, .completed(result: nil))
                }
                try expect("settlements lost", receipts.count { $0 == .lost }, is: 1)
            }
        },
        Check("of many who insert one idempotency key at once, one does") { fixture in
            let key = IdempotencyKey(try JobKey("k"))
            let answers = try await inParallel(16) { _ in
                try await fixture.insert(fixture.job { $0.idempotencyKey = key })
            }
            try expect("inserted", answers.count { $0 == .inserted }, is: 1)
            let jobs = try await fixture.reader.jobs(matching: JobFilter(), limit: 20, before: nil)
            try expect("jobs", jobs.count, is: 1)
            try expect("existing", answers.count { $0 == .existing(jobs[0].id) }, is: 15)
        },
        Check("of many who insert one unique key at once, one does") { fixture in
            let answers = try await inParallel(16) { _ in
                try await fixture.insert(fixture.job { $0.uniqueKey = UniqueKey(try JobKey("u")) })
            }
            try expect("inserted", answers.count { $0 == .inserted }, is: 1)
            try await expect("jobs claimed", fixture.claim(20).count, is: 1)
        },
        Check("a settle and a rescue at once end an attempt once") { fixture in
            for round in 0..<20 {
                let id = try await fixture.add()
                let lease = try await fixture.claimOne(lease: .seconds(1)).lease
                try await fixture.advance(by: .seconds(2))
                let wins = try await inParallel(2) { number in
                    // Whoever comes first should vary.
                    if (number + round).isMultiple(of: 2) {
                        return try await fixture.settle(lease, .completed(result: nil)) == .lost ? [] : ["settled"]
                    }
                    return try await fixture.rescueExpired().isEmpty ? [] : ["rescued"]
                }.flatMap { $0 }
                try expect("settled or rescued", wins.count, is: 1)
                let (settled, revoked) = (wins == ["settled"], wins == ["rescued"])
                try await expect("completed", fixture.state(id) == .completed, is: settled)
                if revoked { try await fixture.end(fixture.claimSuspect().lease, .completed(result: nil)) }
            }
        },
    ]

    private static func owner(_ number: Int) -> Owner {
        Owner(node: "node-\(number)", boot: "boot", incarnation: "i-\(number)")
    }

    private static func inParallel<Answer: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            for number in 0..<count { group.addTask { try await body(number) } }
            var answers: [Answer] = []
            for try await answer in group { answers.append(answer) }
            return answers
        }
    }
}
