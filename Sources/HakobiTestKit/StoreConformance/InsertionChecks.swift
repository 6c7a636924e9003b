internal import HakobiCore

extension StoreConformance {
    static let insertion: [Check] = [
        Check("an inserted job is available, with its counters at zero") { fixture in
            let record = try await fixture.record(fixture.add())
            try expect("the state", record.state, is: .available)
            try expect("attempts", record.attempt, is: 0)
            try expect("failures", record.failures, is: 0)
            try expect("crashes", record.crashes, is: 0)
            try expect(!record.isSuspect && !record.isCancelRequested, "a new job carries a mark")
            try expect("the history", record.history, is: [])
            try expect("the owner", record.owner, is: nil)
        },
        Check("a job is created and due at the store's moment") { fixture in
            let early = try await fixture.record(fixture.add())
            try await fixture.advance(by: .seconds(90))
            let late = try await fixture.record(fixture.add())
            try expect("the time due", early.dueAt, is: early.createdAt)
            let apart = late.createdAt - early.createdAt
            try expect(apart >= .seconds(90) && apart < .seconds(150), "created \(apart) apart, not 90 s")
        },
        Check("the same id again is existing and changes nothing") { fixture in
            let job = try fixture.job { $0.priority = 3 }
            _ = try await fixture.insert(job)
            let before = try await fixture.record(job.id)
            var again = job
            again.priority = 9
            try await fixture.advance(by: .seconds(5))
            try await expect("the answer", fixture.insert(again), is: .existing(job.id))
            try await expect("the job", fixture.record(job.id), is: before)
        },
        Check("one id twice in one insert is one job") { fixture in
            let job = try fixture.job()
            let answers = try await fixture.store.insert([job, job])
            try expect("the answers", answers, is: [.inserted, .existing(job.id)])
            try await expect("jobs claimed", fixture.claim(5).count, is: 1)
        },
        Check("a refusal fails no neighbour, and answers keep the order") { fixture in
            let good = try fixture.job()
            let bad = try fixture.job { $0.priority = 10 }
            let last = try fixture.job()
            let answers = try await fixture.store.insert([good, bad, last])
            try expect("answers", answers.count, is: 3)
            try expect("the first answer", answers[0], is: .inserted)
            try expect("the third answer", answers[2], is: .inserted)
            guard case .refused = answers[1] else { throw BrokenPromise(description: "priority 10 was \(answers[1])") }
            try await expect("the first job", fixture.state(good.id), is: .available)
            try await expect("the third job", fixture.state(last.id), is: .available)
        },
        Check("a refused job leaves nothing behind") { fixture in
            let key = IdempotencyKey(try JobKey("request"))
            let unique = UniqueKey(try JobKey("account"))
            let bad = try fixture.job {
                ($0.priority, $0.idempotencyKey, $0.uniqueKey) = (-1, key, unique)
            }
            _ = try await fixture.insert(bad)
            try await expect("the refused job", fixture.reader.job(bad.id), is: nil)
            let good = try fixture.job { ($0.idempotencyKey, $0.uniqueKey) = (key, unique) }
            try await expect("the next with its keys", fixture.insert(good), is: .inserted)
        },
        Check("priorities outside 0...9, negative delays and no allowed failure are refused") { fixture in
            let shapes: [@Sendable (inout NewJob) -> Void] = [
                { $0.priority = -1 }, { $0.priority = 10 }, { $0.due = .after(.seconds(-1)) }, { $0.maxFailures = 0 },
            ]
            for (number, shape) in shapes.enumerated() {
                let answer = try await fixture.insert(fixture.job("work", shape))
                guard case .refused(.invalid) = answer else {
                    throw BrokenPromise(description: "bad job \(number + 1) was answered \(answer)")
                }
            }
        },
        Check("nothing asked is nothing answered") { fixture in
            _ = try await fixture.add()
            try await expect("insert", fixture.store.insert([]), is: [])
            try await expect("renew", fixture.store.renew([]), is: [])
            try await expect("settle", fixture.store.settle([]), is: [])
            try await expect("cancel", fixture.editor.cancel([]), is: [])
            try await expect("a claim of no kinds", fixture.claim(5, kinds: []), is: [])
        },
    ]
}
