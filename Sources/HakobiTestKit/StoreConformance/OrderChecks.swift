internal import HakobiCore

extension StoreConformance {
    static let order: [Check] = [
        Check("the larger priority goes first") { fixture in
            var ids: [Int: JobID] = [:]
            for priority in [3, 9, 0, 5, 8, 1, 7, 2, 6, 4] {
                ids[priority] = try await fixture.add { $0.priority = priority }
            }
            let claimed = try await fixture.claim(10)
            try expect("the priorities claimed", claimed.map(\.priority), is: Array((0...9).reversed()))
            try expect("the jobs claimed", claimed.map(\.lease.job), is: (0...9).reversed().compactMap { ids[$0] })
        },
        Check("of one priority, what was due earlier goes first") { fixture in
            let late = try await fixture.add { $0.due = .after(.seconds(30)) }
            let early = try await fixture.add { $0.due = .after(.seconds(10)) }
            let middle = try await fixture.add { $0.due = .after(.seconds(20)) }
            try await fixture.advance(by: .seconds(60))
            try await expect("the jobs claimed", fixture.claim(3).map(\.lease.job), is: [early, middle, late])
        },
        Check("of one due time, the order is that of insertion, whatever the ids") { fixture in
            let moment = try await fixture.record(fixture.add("other")).createdAt + .seconds(60)
            let jobs = try (0..<6).map { _ in try fixture.job { $0.due = .at(moment) } }.reversed()
            _ = try await fixture.store.insert(Array(jobs.prefix(3)))
            _ = try await fixture.store.insert(Array(jobs.dropFirst(3)))
            try await fixture.advance(by: .seconds(60))
            try await expect("the jobs claimed", fixture.claim(6).map(\.lease.job), is: jobs.map(\.id))
        },
        Check("one order holds across queues and kinds") { fixture in
            let mail = try await fixture.add { $0.queue = try QueueName("mail") }
            try await fixture.advance(by: .seconds(1))
            let play = try await fixture.add("play") { $0.queue = try QueueName("toys") }
            try await fixture.advance(by: .seconds(1))
            let urgent = try await fixture.add("play") { $0.priority = 6 }
            try await fixture.advance(by: .seconds(1))
            let last = try await fixture.add()
            let claimed = try await fixture.claim(9, kinds: ["play", "work"])
            try expect("the jobs claimed", claimed.map(\.lease.job), is: [urgent, mail, play, last])
        },
        Check("a job given back keeps its place") { fixture in
            let endings: [Outcome] = [
                .returned, .interrupted(reason: nil), .crashed(CauseOfDeath(signal: 9), error: "", budget: 9),
            ]
            for ending in endings {
                let old = try await fixture.add()
                let lease = try await fixture.claimOne().lease
                try await fixture.advance(by: .seconds(5))
                let young = try await fixture.add()
                try await fixture.advance(by: .seconds(5))
                try await fixture.end(lease, ending)
                let claimed = try await fixture.claim(2)
                try expect("the jobs claimed after \(ending.name)", claimed.map(\.lease.job), is: [old, young])
            }
        },
        Check("a retried job goes by its new due time") { fixture in
            let failed = try await fixture.ended(.failed(error: "no", .after(.seconds(5))))
            let other = try await fixture.add()
            try await fixture.advance(by: .seconds(10))
            try await expect("the jobs claimed", fixture.claim(2).map(\.lease.job), is: [other, failed])
        },
    ]
}
