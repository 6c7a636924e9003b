internal import HakobiCore

extension StoreConformance {
    static let claiming: [Check] = [
        Check("a claimed job runs under its claimer, one attempt on") { fixture in
            let id = try await fixture.add()
            let claimed = try await fixture.claimOne(by: .second)
            try expect("the lease's attempt", claimed.lease.attempt, is: 1)
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .running)
            try expect("the attempt", record.attempt, is: 1)
            try expect("the owner", record.owner, is: .second)
        },
        Check("a running job is claimed by nobody else") { fixture in
            _ = try await fixture.add()
            _ = try await fixture.claimOne()
            try await expect("the second claim", fixture.claim(5, lonely: 5, by: .second), is: [])
        },
        Check("a claim takes no more than its slots, and all of them if it can") { fixture in
            for _ in 0..<5 { _ = try await fixture.add() }
            try await expect("of 3 slots", fixture.claim(3).count, is: 3)
            try await expect("of 3 slots with 2 jobs left", fixture.claim(3).count, is: 2)
        },
        Check("a demand of no slots takes nothing") { fixture in
            let id = try await fixture.add()
            try await expect("the claim", fixture.claim(0), is: [])
            try await expect("the attempts", fixture.record(id).attempt, is: 0)
        },
        Check("jobs of unknown kinds stay where they are, uncounted") { fixture in
            let unknown = try await fixture.add("other") { $0.priority = 9 }
            let known = try await fixture.add()
            let claimed = try await fixture.claim(5, kinds: ["work", "nothing-of-this-kind"])
            try expect("the jobs claimed", claimed.map(\.lease.job), is: [known])
            try await expect("the other's attempts", fixture.record(unknown).attempt, is: 0)
            try await expect("the other's state", fixture.state(unknown), is: .available)
        },
        Check("kinds are compared byte by byte") { fixture in
            _ = try await fixture.add("caf\u{E9}")
            let other = try await fixture.add("cafe\u{301}")
            let claimed = try await fixture.claim(5, kinds: ["cafe\u{301}"])
            try expect("the jobs claimed", claimed.map(\.lease.job), is: [other])
        },
        Check("a delayed job is claimed when it is due, and not before") { fixture in
            let id = try await fixture.add { $0.due = .after(.seconds(100)) }
            try await fixture.advance(by: .seconds(95))
            try await expect("the claim at 95 s of 100", fixture.claim(), is: [])
            try await fixture.advance(by: .seconds(5))
            try await expect("the claim at 100 s", fixture.claim().map(\.lease.job), is: [id])
        },
        Check("a job due at a moment is claimed then, and not before") { fixture in
            let now = try await fixture.record(fixture.ended(.completed(result: nil))).createdAt
            let moment = now + .seconds(1000)
            let id = try await fixture.add { $0.due = .at(moment) }
            try await expect("the due time", fixture.record(id).dueAt, is: moment)
            try await fixture.advance(by: .seconds(900))
            try await expect("the claim at 900 s of 1000", fixture.claim(), is: [])
            try await fixture.advance(by: .seconds(100))
            try await expect("the claim at 1000 s", fixture.claim().map(\.lease.job), is: [id])
        },
        Check("a due moment in the past means now") { fixture in
            let patient = try await fixture.add()
            try await fixture.advance(by: .seconds(10))
            let pushy = try await fixture.add { $0.due = .at(Timestamp(microseconds: 0)) }
            let record = try await fixture.record(pushy)
            try expect("the due time", record.dueAt, is: record.createdAt)
            try await expect("the first claimed", fixture.claimOne().lease.job, is: patient)
        },
        Check("a due time beyond all calendars harms nobody") { fixture in
            _ = try await fixture.add { $0.due = .after(.seconds(Int64.max / 2)) }
            _ = try await fixture.add { $0.due = .at(Timestamp(microseconds: .max)) }
            let now = try await fixture.add()
            try await expect("the jobs claimed", fixture.claim(5).map(\.lease.job), is: [now])
        },
    ]
}
