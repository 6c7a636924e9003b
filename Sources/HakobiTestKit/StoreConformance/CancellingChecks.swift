internal import HakobiCore

extension StoreConformance {
    static let cancelling: [Check] = [
        Check("cancelling a waiting job ends it") { fixture in
            let id = try await fixture.add()
            try await expect("the receipt", fixture.cancel(id), is: .done)
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .cancelled)
            try expect(record.finishedAt != nil, "a cancelled job has no end")
            try await expect("claimed", fixture.claim(5), is: [])
        },
        Check("cancelling a running job leaves a request that its holder sees") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await expect("the receipt", fixture.cancel(id), is: .requested)
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .running)
            try expect(record.isCancelRequested, "the request is not shown")
            try await expect("a look", fixture.renew(Renewal(lease, extend: nil)), is: .cancelRequested)
            try await expect("a renewal", fixture.renew(Renewal(lease, extend: .seconds(60))), is: .cancelRequested)
        },
        Check("a job whose cancel was requested does not run again") { fixture in
            let endings: [Outcome] = [
                .failed(error: "no", .after(.seconds(1))), .snoozed(.seconds(1), reason: nil),
                .interrupted(reason: nil), .returned, .suspected(CauseOfDeath(signal: 9), error: "died"),
                .crashed(CauseOfDeath(signal: 9), error: "died", budget: 2),
            ]
            for ending in endings {
                let id = try await fixture.add()
                let lease = try await fixture.claimOne().lease
                _ = try await fixture.cancel(id)
                try await fixture.end(lease, ending)
                let record = try await fixture.record(id)
                try expect("the state after \(ending.name)", record.state, is: .cancelled)
                try expect(!record.isCancelRequested, "the request outlives the attempt")
            }
        },
        Check("a job whose cancel was requested may still complete") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            _ = try await fixture.cancel(id)
            try await fixture.end(lease, .completed(result: nil))
            try await expect("the state", fixture.state(id), is: .completed)
        },
        Check("a job whose cancel was requested is cancelled by a rescue") { fixture in
            let ids = try await [fixture.add(), fixture.add()]
            _ = try await fixture.claim(2, lease: .seconds(1))
            _ = try await fixture.cancel(ids[0])
            try await fixture.advance(by: .seconds(2))
            try await expect("jobs rescued", fixture.rescueExpired().count, is: 2)
            try await expect("the state", fixture.state(ids[0]), is: .cancelled)
            try await expect("its neighbour", fixture.state(ids[1]), is: .available)
        },
        Check("a request to cancel does not outlive a retry") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            _ = try await fixture.cancel(id)
            try await fixture.end(lease, .cancelled(reason: nil))
            try await expect("the retry", fixture.retry(id), is: .done)
            let next = try await fixture.claimOne().lease
            try await expect("the renewal", fixture.renew(Renewal(next, extend: .seconds(60))), is: .renewed)
        },
        Check("a job that has ended cannot be cancelled") { fixture in
            let done = try await fixture.ended(.completed(result: nil))
            let dead = try await fixture.ended(.failed(error: "no", .never))
            try await expect("a completed one", fixture.cancel(done), is: .refused(.completed))
            try await expect("a dead one", fixture.cancel(dead), is: .refused(.dead))
            try await expect("an unknown one", fixture.cancel(fixture.nextID()), is: .notFound)
            try await expect("the completed one's state", fixture.state(done), is: .completed)
        },
    ]
}
