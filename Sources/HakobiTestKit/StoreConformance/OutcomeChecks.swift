internal import HakobiCore

extension StoreConformance {
    static let outcomes: [Check] = [
        Check("a completed job is over, with its result and the moment") { fixture in
            let result = Payload([0, 1, 255], codec: .raw, version: 2)
            let id = try await fixture.ended(.completed(result: result))
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .completed)
            try expect("the result", record.result, is: result)
            try expect("the owner", record.owner, is: nil)
            let finished = try require(record.finishedAt, "a completed job has no end")
            try expect(finished >= record.createdAt, "it ended before it was created")
            try await expect("claimed again", fixture.claim(5, lonely: 5), is: [])
        },
        Check("a failure counts one and waits its delay") { fixture in
            let id = try await fixture.ended(.failed(error: "no", .after(.seconds(100))))
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .available)
            try expect("the failures", record.failures, is: 1)
            try expect("the crashes", record.crashes, is: 0)
            try await fixture.advance(by: .seconds(95))
            try await expect("the claim at 95 s of 100", fixture.claim(), is: [])
            try await fixture.advance(by: .seconds(5))
            try await expect("the claimed job's failures", fixture.claimOne().failures, is: 1)
        },
        Check("a failure without retry is dead, kept and counted") { fixture in
            let id = try await fixture.ended(.failed(error: "no", .never))
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .dead)
            try expect("the failures", record.failures, is: 1)
            try expect(record.finishedAt != nil, "a dead job has no end")
            try await fixture.advance(by: .seconds(86_400))
            try await expect("claimed again", fixture.claim(5, lonely: 5), is: [])
        },
        Check("the budget of failures is the engine's to watch") { fixture in
            let id = try await fixture.ended(.failed(error: "no", .after(.zero))) { $0.maxFailures = 1 }
            try await expect("the state", fixture.state(id), is: .available)
        },
        Check("a snooze waits and counts nothing") { fixture in
            let id = try await fixture.ended(.snoozed(.seconds(100), reason: "rate limit"))
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .available)
            try expect("failures and crashes", record.failures + record.crashes, is: 0)
            try await fixture.advance(by: .seconds(95))
            try await expect("the claim at 95 s of 100", fixture.claim(), is: [])
            try await fixture.advance(by: .seconds(5))
            try await expect("jobs claimed at 100 s", fixture.claim().count, is: 1)
        },
        Check("an interruption counts nothing and is due at once") { fixture in
            let id = try await fixture.ended(.interrupted(reason: "drain"))
            let record = try await fixture.record(id)
            try expect("failures and crashes", record.failures + record.crashes, is: 0)
            try await expect("claimed again", fixture.claimOne().lease.job, is: id)
        },
        Check("a returned job is due at once and counts nothing") { fixture in
            let id = try await fixture.ended(.returned)
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .available)
            try expect("failures and crashes", record.failures + record.crashes, is: 0)
            try await expect("claimed again", fixture.claimOne().lease.job, is: id)
        },
        Check("a job that withdraws is cancelled and counts nothing") { fixture in
            let id = try await fixture.ended(.cancelled(reason: "moved away"))
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .cancelled)
            try expect("failures and crashes", record.failures + record.crashes, is: 0)
            try expect(record.finishedAt != nil, "a cancelled job has no end")
        },
        Check("a crash counts one, and the job is due at once") { fixture in
            let id = try await fixture.ended(.crashed(CauseOfDeath(signal: 11), error: "died", budget: 2))
            let record = try await fixture.record(id)
            try expect("the crashes", record.crashes, is: 1)
            try expect("the failures", record.failures, is: 0)
            let next = try await fixture.claimOne()
            try expect("claimed again", next.lease.job, is: id)
            try expect("the crashes as claimed", next.crashes, is: 1)
        },
        Check("a job is dead when its crashes reach the budget") { fixture in
            let crash = Outcome.crashed(CauseOfDeath(signal: 11), error: "died", budget: 2)
            let id = try await fixture.ended(crash)
            try await fixture.end(fixture.claimOne().lease, crash)
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .dead)
            try expect("the crashes", record.crashes, is: 2)
            try expect("the failures", record.failures, is: 0)
        },
        Check("no negative delay moves a job ahead of its time") { fixture in
            let id = try await fixture.ended(.failed(error: "no", .after(.seconds(-3600))))
            let record = try await fixture.record(id)
            try expect(record.dueAt >= record.createdAt, "it is due before it was created")
        },
    ]
}
