internal import HakobiCore

extension StoreConformance {
    static let suspects: [Check] = [
        Check("a neighbour of a crash becomes a suspect and is charged nothing") { fixture in
            let id = try await fixture.suspect()
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .available)
            try expect(record.isSuspect, "it is no suspect")
            try expect("failures and crashes", record.failures + record.crashes, is: 0)
            try expect("the history", record.history.map(\.outcome), is: ["suspected"])
        },
        Check("suspects are claimed for lonely slots only") { fixture in
            let id = try await fixture.suspect()
            try await expect("claimed for ordinary slots", fixture.claim(5), is: [])
            let claimed = try await fixture.claimSuspect()
            try expect("the suspect", claimed.lease.job, is: id)
            try expect(claimed.isSuspect, "the claimed job does not say that it is a suspect")
        },
        Check("ordinary jobs are not claimed for lonely slots") { fixture in
            _ = try await fixture.add()
            try await expect("the claim", fixture.claim(0, lonely: 5), is: [])
        },
        Check("a claim takes no more suspects than its lonely slots") { fixture in
            for _ in 0..<3 { _ = try await fixture.suspect() }
            _ = try await fixture.add()
            let claimed = try await fixture.claim(5, lonely: 2)
            try expect("suspects", claimed.count(where: \.isSuspect), is: 2)
            try expect("ordinary jobs", claimed.count { !$0.isSuspect }, is: 1)
        },
        Check("a suspect that crashes alone is charged for both crashes") { fixture in
            let id = try await fixture.suspect()
            let lease = try await fixture.claimSuspect().lease
            try await fixture.end(lease, .crashed(CauseOfDeath(signal: 11), error: "died", budget: 2))
            let record = try await fixture.record(id)
            try expect("the crashes", record.crashes, is: 2)
            try expect("the state", record.state, is: .dead)
        },
        Check("a suspect with budget left still runs alone") { fixture in
            let id = try await fixture.suspect()
            let lease = try await fixture.claimSuspect().lease
            try await fixture.end(lease, .crashed(CauseOfDeath(signal: 11), error: "died", budget: 5))
            try await expect("the crashes", fixture.record(id).crashes, is: 2)
            try await expect("claimed for ordinary slots", fixture.claim(5), is: [])
            try await expect("claimed alone", fixture.claimSuspect().lease.job, is: id)
        },
        Check("a suspect that ends without a crash is cleared") { fixture in
            let endings: [Outcome] = [
                .failed(error: "no", .after(.zero)), .snoozed(.zero, reason: nil), .interrupted(reason: nil),
            ]
            for ending in endings {
                let id = try await fixture.suspect()
                try await fixture.end(fixture.claimSuspect().lease, ending)
                let claimed = try await fixture.claimOne()
                try expect("the ordinary job after \(ending.name)", claimed.lease.job, is: id)
                try expect(!claimed.isSuspect, "it is still a suspect after \(ending.name)")
                try await fixture.end(claimed.lease, .completed(result: nil))
            }
        },
        Check("a suspect that was returned has proven nothing and stays one") { fixture in
            let id = try await fixture.suspect()
            try await fixture.end(fixture.claimSuspect().lease, .returned)
            try await expect("claimed for ordinary slots", fixture.claim(5), is: [])
            try await expect("claimed alone", fixture.claimSuspect().lease.job, is: id)
        },
    ]
}
