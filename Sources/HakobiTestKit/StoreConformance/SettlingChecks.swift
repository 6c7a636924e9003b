internal import HakobiCore

extension StoreConformance {
    static let settling: [Check] = [
        Check("a settle with an old attempt is lost and changes nothing") { fixture in
            let id = try await fixture.add()
            let old = try await fixture.claimOne().lease
            try await fixture.end(old, .interrupted(reason: nil))
            _ = try await fixture.claimOne()
            let before = try await fixture.record(id)
            let receipt = try await fixture.settle(old, .failed(error: "late", .never), checkpoint: [1])
            try expect("the receipt", receipt, is: .lost)
            try await expect("the job", fixture.record(id), is: before)
        },
        Check("a settle with another owner's name is lost and changes nothing") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let before = try await fixture.record(id)
            let stolen = Lease(job: id, row: lease.row, attempt: lease.attempt, owner: .second)
            try await expect("the receipt", fixture.settle(stolen, .completed(result: nil)), is: .lost)
            try await expect("the job", fixture.record(id), is: before)
        },
        Check("a lease of a deleted job does not open its successor of the same id") { fixture in
            let job = try fixture.job()
            try await expect("the first insert", fixture.insert(job), is: .inserted)
            let old = try await fixture.claimOne().lease
            try await fixture.end(old, .failed(error: "no", .after(.seconds(60))))
            try await expect("the delete", fixture.delete(job.id), is: .done)
            try await expect("the second insert", fixture.insert(job), is: .inserted)
            try await expect("the new attempt", fixture.claimOne().lease.attempt, is: 1)
            try await expect("the old settlement", fixture.settle(old, .completed(result: nil)), is: .lost)
            try await expect("the state", fixture.state(job.id), is: .running)
        },
        Check("an attempt is settled at most once") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await fixture.end(lease, .completed(result: nil))
            let before = try await fixture.record(id)
            let receipt = try await fixture.settle(lease, .failed(error: "again", .after(.zero)))
            try expect("the second receipt", receipt, is: .lost)
            try await expect("the job", fixture.record(id), is: before)
        },
        Check("what its handler says to have settled is lost when it is, and a failure when it is not") { fixture in
            let ids = try await [fixture.add(), fixture.add(), fixture.add()]
            let leases = try await fixture.leases(3)
            try await fixture.end(leases[0], .completed(result: nil))
            let before = try await fixture.record(ids[0])
            let retries: [Retry] = [.never, .after(.seconds(60)), .never]
            let receipts = try await fixture.store.settle(
                zip(leases, retries).map { Settlement($0, .settledByHandler(otherwise: $1), report: .usual) })
            try expect("the receipts", receipts, is: [.lost, .settled(followUps: []), .settled(followUps: [])])
            try await expect("the settled job", fixture.record(ids[0]), is: before)
            try await expect("the second", fixture.state(ids[1]), is: .available)
            try await expect("the third", fixture.state(ids[2]), is: .dead)
            let failed = try await fixture.record(ids[1])
            try expect("its failures", failed.failures, is: 1)
            try expect("its history", failed.history.map(\.outcome), is: ["failed"])
            try expect("the words", failed.history.first?.error, is: Outcome.uncommitted)
        },
        Check("one attempt twice in one settle is settled once") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let settlement = Settlement(lease, .failed(error: "no", .after(.zero)), report: .usual)
            let receipts = try await fixture.store.settle([settlement, settlement])
            try expect("the receipts", receipts, is: [.settled(followUps: []), .lost])
            try await expect("the failures", fixture.record(id).failures, is: 1)
        },
        Check("settlements stand alone, and receipts keep the order") { fixture in
            let ids = try await [fixture.add(), fixture.add(), fixture.add()]
            let leases = try await fixture.leases(3)
            try await fixture.end(leases[1], .cancelled(reason: nil))
            let receipts = try await fixture.store.settle(
                leases.map { Settlement($0, .completed(result: nil), report: .usual) })
            try expect("the receipts", receipts, is: [.settled(followUps: []), .lost, .settled(followUps: [])])
            try await expect("the first", fixture.state(ids[0]), is: .completed)
            try await expect("the second", fixture.state(ids[1]), is: .cancelled)
            try await expect("the third", fixture.state(ids[2]), is: .completed)
        },
        Check("attempts only grow, by one a claim, whatever happens in between") { fixture in
            let id = try await fixture.add()
            let endings: [Outcome] = [
                .returned, .interrupted(reason: nil), .snoozed(.zero, reason: nil), .failed(error: "", .after(.zero)),
                .crashed(CauseOfDeath(signal: 9), error: "", budget: 9), .failed(error: "", .never),
            ]
            for (number, ending) in endings.enumerated() {
                let lease = try await fixture.claimOne().lease
                try expect("the lease's attempt before \(ending.name)", lease.attempt, is: number + 1)
                try await fixture.end(lease, ending)
                try await expect("the attempt after \(ending.name)", fixture.record(id).attempt, is: number + 1)
            }
            try await expect("the retry", fixture.retry(id), is: .done)
            try await expect("the attempt after a retry", fixture.claimOne().lease.attempt, is: endings.count + 1)
        },
        Check("the time of creation never changes") { fixture in
            let id = try await fixture.add()
            let created = try await fixture.record(id).createdAt
            for ending in [Outcome.interrupted(reason: nil), .failed(error: "", .never)] {
                try await fixture.advance(by: .seconds(10))
                try await fixture.end(fixture.claimOne().lease, ending)
            }
            try await fixture.advance(by: .seconds(10))
            _ = try await fixture.retry(id)
            try await expect("the creation", fixture.record(id).createdAt, is: created)
            try await expect("the creation as claimed", fixture.claimOne().createdAt, is: created)
        },
        Check("a settlement's checkpoint replaces the one before, and none leaves it") { fixture in
            _ = try await fixture.add()
            let first = try await fixture.claimOne().lease
            _ = try await fixture.renew(Renewal(first, extend: nil, checkpoint: [1]))
            _ = try await fixture.settle(first, .failed(error: "", .after(.zero)), checkpoint: [2])
            let second = try await fixture.claimOne()
            try expect("the checkpoint after a settle with one", second.checkpoint, is: [2])
            try await fixture.end(second.lease, .failed(error: "", .after(.zero)))
            try await expect("the checkpoint after a settle without", fixture.claimOne().checkpoint, is: [2])
        },
    ]
}
