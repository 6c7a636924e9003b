internal import HakobiCore

extension StoreConformance {
    static let reading: [Check] = [
        Check("an unknown id is nothing") { fixture in
            _ = try await fixture.add()
            try await expect("the job", fixture.reader.job(fixture.nextID()), is: nil)
        },
        Check("jobs are listed newest first, page by page, each once") { fixture in
            var ids: [JobID] = []
            for _ in 0..<7 { try await ids.append(fixture.add()) }
            var pages: [[JobID]] = []
            var last: JobID?
            for _ in 0..<4 {
                try await pages.append(
                    fixture.reader.jobs(matching: JobFilter(), limit: 3, before: last).map(\.id))
                last = pages.last?.last ?? last
            }
            let newest = Array(ids.reversed())
            try expect("the pages", pages, is: [Array(newest[0..<3]), Array(newest[3..<6]), [newest[6]], []])
        },
        Check("a list holds what matches all of its filter") { fixture in
            let mail = try QueueName("mail")
            let wanted = try await fixture.add { $0.queue = mail }
            _ = try await fixture.add("other") { $0.queue = mail }
            _ = try await fixture.add()
            let gone = try await fixture.add { $0.queue = mail }
            _ = try await fixture.cancel(gone)
            let filter = JobFilter(state: .available, queue: mail, kind: try Kind("work"))
            let found = try await fixture.reader.jobs(matching: filter, limit: 10, before: nil)
            try expect("the jobs", found.map(\.id), is: [wanted])
            let cancelled = JobFilter(state: .cancelled)
            try await expect(
                "the cancelled", fixture.reader.jobs(matching: cancelled, limit: 10, before: nil).map(\.id), is: [gone])
        },
        Check("a list shows each job as it is, without its history") { fixture in
            let id = try await fixture.ended(.failed(error: "no", .never))
            var record = try await fixture.record(id)
            try expect("lines of history", record.history.count, is: 1)
            record.history = []
            let listed = try await fixture.reader.jobs(matching: JobFilter(), limit: 10, before: nil)
            try expect("the list", listed, is: [record])
        },
        Check("stats count every state, those without jobs too") { fixture in
            _ = try await fixture.ended(.completed(result: nil))
            _ = try await fixture.ended(.failed(error: "no", .never))
            for _ in 0..<3 { _ = try await fixture.add() }
            _ = try await fixture.claimOne()
            let states = try await fixture.reader.stats().states
            try expect(
                "the counts", states,
                is: [.held: 0, .available: 2, .running: 1, .completed: 1, .cancelled: 0, .dead: 1])
        },
        Check("stats tell ready, scheduled and retrying apart, by queue and kind") { fixture in
            let mail = try QueueName("mail")
            _ = try await fixture.ended(.failed(error: "no", .never)) { $0.queue = mail }
            _ = try await fixture.ended(.failed(error: "no", .after(.seconds(500)))) { $0.queue = mail }
            _ = try await fixture.add { ($0.queue, $0.due) = (mail, .after(.seconds(500))) }
            _ = try await fixture.add { $0.queue = mail }
            _ = try await fixture.claimOne()
            for _ in 0..<2 { _ = try await fixture.add { $0.queue = mail } }
            _ = try await fixture.add("a-kind")
            let lanes = try await fixture.reader.stats().lanes
            try expect("the lanes", lanes.map { "\($0.queue) \($0.kind)" }, is: ["default a-kind", "mail work"])
            let lane = lanes[1]
            try expect(
                "ready, scheduled, retrying, running, dead",
                [lane.ready, lane.scheduled, lane.retrying, lane.running, lane.dead], is: [2, 1, 1, 1, 1])
        },
        Check("stats tell how long the oldest ready job has been due") { fixture in
            _ = try await fixture.add { $0.due = .after(.seconds(40)) }
            try await expect("before it is due", fixture.reader.stats().lanes.first?.oldestReady, is: nil)
            try await fixture.advance(by: .seconds(100))
            _ = try await fixture.add()
            let oldest = try await require(
                fixture.reader.stats().lanes.first?.oldestReady, "a ready job has no age")
            try expect(oldest >= .seconds(60) && oldest < .seconds(90), "the oldest is \(oldest) old, not 60 s")
        },
        Check("stats show which queues are paused") { fixture in
            let mail = try QueueName("mail")
            _ = try await fixture.add { $0.queue = mail }
            _ = try await fixture.add()
            try await fixture.queues.pause(mail)
            try await expect("the marks", fixture.reader.stats().lanes.map(\.isPaused), is: [false, true])
        },
    ]
}
