internal import HakobiCore

extension StoreConformance {
    static let leases: [Check] = [
        Check("a renewal extends the lease from now") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne(lease: .seconds(60)).lease
            try await fixture.advance(by: .seconds(50))
            try await expect("the renewal", fixture.renew(Renewal(lease, extend: .seconds(60))), is: .renewed)
            try await fixture.advance(by: .seconds(50))
            try await expect("rescued 50 s on", fixture.rescueExpired(), is: [])
            try await fixture.advance(by: .seconds(11))
            try await expect("rescued 61 s on", fixture.rescueExpired().map(\.lease), is: [lease])
        },
        Check("a look does not extend the lease") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne(lease: .seconds(60)).lease
            try await fixture.advance(by: .seconds(50))
            let look = Renewal(lease, extend: nil, progress: Progress(done: 1))
            try await expect("the look", fixture.renew(look), is: .renewed)
            try await fixture.advance(by: .seconds(11))
            try await expect("rescued", fixture.rescueExpired().map(\.lease), is: [lease])
        },
        Check("a renewal of another attempt, of another owner or of nothing is lost") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let wrong = [
                Lease(job: id, row: lease.row, attempt: lease.attempt - 1, owner: lease.owner),
                Lease(job: id, row: lease.row, attempt: lease.attempt + 1, owner: lease.owner),
                Lease(job: id, row: lease.row, attempt: lease.attempt, owner: .second),
                Lease(job: fixture.nextID(), row: lease.row + 1000, attempt: lease.attempt, owner: lease.owner),
            ]
            let answers = try await fixture.store.renew(wrong.map { Renewal($0, extend: .seconds(999)) })
            try expect("the answers", answers, is: [.lost, .lost, .lost, .lost])
            try await fixture.advance(by: .seconds(61))
            try await expect("rescued", fixture.rescueExpired().map(\.lease), is: [lease])
        },
        Check("a renewal after the attempt has ended is lost") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await fixture.end(lease, .interrupted(reason: nil))
            try await expect("once it waits", fixture.renew(Renewal(lease, extend: .seconds(60))), is: .lost)
            _ = try await fixture.claimOne()
            try await expect("once it runs again", fixture.renew(Renewal(lease, extend: .seconds(60))), is: .lost)
        },
        Check("a lost renewal keeps nothing") { fixture in
            let id = try await fixture.add()
            let old = try await fixture.claimOne().lease
            try await fixture.end(old, .interrupted(reason: nil))
            _ = try await fixture.claimOne(by: .second)
            _ = try await fixture.renew(
                Renewal(old, extend: .seconds(60), progress: Progress(done: 9), checkpoint: [9]))
            try await expect("the progress", fixture.record(id).progress, is: nil)
            try await expect("the checkpoint", fixture.record(id).checkpoint, is: nil)
        },
        Check("progress is kept as last reported") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let progress = Progress(done: 3, total: 10, note: "füñf")
            _ = try await fixture.renew(Renewal(lease, extend: nil, progress: Progress(done: 1)))
            _ = try await fixture.renew(Renewal(lease, extend: .seconds(60), progress: progress))
            _ = try await fixture.renew(Renewal(lease, extend: .seconds(60)))
            try await expect("the progress", fixture.record(id).progress, is: progress)
        },
        Check("a checkpoint is handed to the next attempt") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            _ = try await fixture.renew(Renewal(lease, extend: nil, checkpoint: [0, 255, 7]))
            try await expect("the checkpoint kept", fixture.record(id).checkpoint, is: [0, 255, 7])
            _ = try await fixture.renew(Renewal(lease, extend: .seconds(60)))
            try await fixture.end(lease, .interrupted(reason: nil))
            try await expect("the checkpoint handed on", fixture.claimOne().checkpoint, is: [0, 255, 7])
        },
        Check("a lease past its time holds until it is rescued") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne(lease: .seconds(60)).lease
            try await fixture.advance(by: .seconds(600))
            try await expect("claimed by another", fixture.claim(5, lonely: 5, by: .second), is: [])
            try await expect("the renewal", fixture.renew(Renewal(lease, extend: .seconds(60))), is: .renewed)
            try await expect("rescued", fixture.rescueExpired(), is: [])
            try await fixture.advance(by: .seconds(600))
            try await fixture.end(lease, .completed(result: nil))
        },
        Check("renewals stand alone, and answers keep the order") { fixture in
            for _ in 0..<3 { _ = try await fixture.add() }
            let leases = try await fixture.leases(3)
            try await fixture.end(leases[1], .completed(result: nil))
            let answers = try await fixture.store.renew(leases.map { Renewal($0, extend: .seconds(600)) })
            try expect("the answers", answers, is: [.renewed, .lost, .renewed])
            try await fixture.advance(by: .seconds(500))
            try await expect("rescued", fixture.rescueExpired(), is: [])
        },
    ]
}
