internal import HakobiCore

extension StoreConformance {
    static let followUps: [Check] = [
        Check("follow-ups are inserted with the settlement and answered in order") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let jobs = [try fixture.job { $0.priority = 1 }, try fixture.job { $0.priority = 8 }]
            let receipt = try await fixture.settle(lease, .completed(result: nil), followUps: jobs)
            try expect("the receipt", receipt, is: .settled(followUps: [.inserted, .inserted]))
            try await expect("the jobs claimed", fixture.claim(5).map(\.lease.job), is: [jobs[1].id, jobs[0].id])
        },
        Check("a lost settlement inserts no follow-up") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await fixture.end(lease, .completed(result: nil))
            let job = try fixture.job()
            let receipt = try await fixture.settle(lease, .completed(result: nil), followUps: [job])
            try expect("the receipt", receipt, is: .lost)
            try await expect("the follow-up", fixture.reader.job(job.id), is: nil)
        },
        Check("a refused follow-up fails neither the settlement nor its neighbours") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let jobs = [try fixture.job { $0.priority = 10 }, try fixture.job()]
            let receipt = try await fixture.settle(lease, .completed(result: nil), followUps: jobs)
            guard case .settled(let answers) = receipt, answers.count == 2, case .refused = answers[0] else {
                throw BrokenPromise(description: "the receipt was \(receipt)")
            }
            try expect("the neighbour", answers[1], is: .inserted)
            try await expect("the job", fixture.state(id), is: .completed)
        },
        Check("a follow-up may take the unique key its parent lets go") { fixture in
            let unique = UniqueKey(try JobKey("u"), onConflict: .refuse)
            _ = try await fixture.add { $0.uniqueKey = unique }
            let lease = try await fixture.claimOne().lease
            let next = try fixture.job { $0.uniqueKey = unique }
            let receipt = try await fixture.settle(lease, .completed(result: nil), followUps: [next])
            try expect("the receipt", receipt, is: .settled(followUps: [.inserted]))
        },
        Check("follow-ups obey idempotency keys") { fixture in
            let key = IdempotencyKey(try JobKey("k"))
            let known = try await fixture.add("other") { $0.idempotencyKey = key }
            _ = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let next = try fixture.job("other") { $0.idempotencyKey = key }
            let receipt = try await fixture.settle(lease, .completed(result: nil), followUps: [next])
            try expect("the receipt", receipt, is: .settled(followUps: [.existing(known)]))
        },
        Check("a failed attempt's follow-ups are kept too") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let job = try fixture.job()
            let failed = Outcome.failed(error: "no", .after(.seconds(60)))
            let receipt = try await fixture.settle(lease, failed, followUps: [job])
            try expect("the receipt", receipt, is: .settled(followUps: [.inserted]))
            try await expect("the follow-up", fixture.state(job.id), is: .available)
        },
    ]
}
