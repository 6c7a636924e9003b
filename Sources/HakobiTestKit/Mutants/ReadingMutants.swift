internal import HakobiCore

extension StoreMutants {
    static let reading: [Mutant] = [
        Mutant("an unknown id is some other job") { twin in
            let (next, base) = (twin.job, twin.base)
            twin.job = { id throws(StoreError) in
                if let found = try await next(id) { return found }
                return try await base.jobs(matching: JobFilter(), limit: 1, before: nil).first
            }
        },
        Mutant("every page is the first") { bendLists(in: &$0) { $0.2 = nil } },
        Mutant("the kind is left out of the filter") { bendLists(in: &$0) { $0.0.kind = nil } },
        Mutant("lists leave out payloads") { twin in
            let next = twin.jobs
            twin.jobs = { ask throws(StoreError) in
                try await next(ask).map { record in Twin.bent(record) { $0.payload.bytes = [] } }
            }
        },
        Mutant("stats leave out states without jobs") { twin in
            let next = twin.stats
            twin.stats = { _ throws(StoreError) in
                try await Twin.bent(next(())) { $0.states = $0.states.filter { $0.value > 0 } }
            }
        },
        Mutant("retrying jobs are counted as scheduled") { twin in
            twin.bendLanes { lane in (lane.scheduled, lane.retrying) = (lane.scheduled + lane.retrying, 0) }
        },
        Mutant("the oldest ready job has no age") { $0.bendLanes { $0.oldestReady = nil } },
        Mutant("stats do not know of pauses") { $0.bendLanes { $0.isPaused = false } },
    ]

    static let registry: [Mutant] = [
        Mutant("a worker's first report stays") { twin in
            let (next, seen) = (twin.report, Notes<Set<Owner>>([]))
            twin.report = { worker throws(StoreError) in
                if seen.use({ $0.insert(worker.owner).inserted }) { try await next(worker) }
            }
        },
        Mutant("a worker is never silent") { twin in
            let next = twin.workers
            twin.workers = { _ throws(StoreError) in
                try await next(()).map { worker in Twin.bent(worker) { $0.silence = .zero } }
            }
        },
        Mutant("a retired worker stays") { $0.retire = { _ in } },
        Mutant("owners are those who reported") { twin in
            let base = twin.base
            twin.owners = { _ throws(StoreError) in try await base.workers().map(\.report.owner) }
        },
        Mutant("retiring takes the leases along") { twin in
            let (next, base) = (twin.retire, twin.base)
            twin.retire = { owner throws(StoreError) in
                try await next(owner)
                _ = try await base.rescue(Rescue(.owner(owner, running: [])))
            }
        },
    ]

    static let time: [Mutant] = [
        Mutant(
            "leases follow the date",
            clock: { time in
                StoreClock(wall: { time.wall }, steady: { time.wall - Timestamp(microseconds: 0) })
            }),
        Mutant(
            "due times do not follow the date",
            clock: { time in
                StoreClock(wall: { Timestamp(microseconds: 0) + time.now.offset }, steady: { time.now.offset })
            }),
        Mutant("nobody is told of a nudge") { twin in twin.hints = { AsyncStream { $0.finish() } } },
    ]

    private static func bendLists(
        in twin: inout Twin, _ bend: @escaping @Sendable (inout (JobFilter, Int, JobID?)) -> Void
    ) {
        let next = twin.jobs
        twin.jobs = { ask throws(StoreError) in try await next(Twin.bent(ask, bend)) }
    }
}
