import Hakobi

/// What a drain took, over all its rounds.
struct Drained {
    private(set) var jobs = 0
    private(set) var seconds = 0.0
    private var processorSeconds = 0.0
    private var parentPeak = 0.0
    private var workerPeak = 0.0
    private var written: Int64?

    var rate: Double { Double(jobs) / seconds }

    mutating func add(jobs: Int, seconds: Double, _ figures: BenchService.Figures, written: Int64?) {
        self.jobs += jobs
        self.seconds += seconds
        processorSeconds += figures.processorSeconds
        parentPeak = max(parentPeak, figures.parentPeak)
        workerPeak = max(workerPeak, figures.workerPeak)
        if let written { self.written = (self.written ?? 0) + written }
    }

    /// As they are printed.
    var figures: [(String, Double)] {
        (written.map { [("wal_bytes_per_job", Double($0) / Double(jobs))] } ?? []) + [
            ("jobs", Double(jobs)), ("seconds", seconds), ("jobs_per_second", rate),
            ("cpu_seconds", processorSeconds), ("cpu_microseconds_per_job", processorSeconds / Double(jobs) * 1e6),
            ("peak_parent_mb", parentPeak), ("peak_worker_mb", workerPeak),
        ]
    }
}

/// Services that run until nothing is left.
extension BenchRun {
    /// Few jobs are over before anything can be said of them, so they come in rounds, one after another in one store.
    func drainFew(_ cell: BenchCell) async throws -> Drained {
        try await drain(cell, jobs: plan.jobs, rounds: plan.rounds)
    }

    /// Many waiting beside few: pairs, one right after the other, since a machine's pace changes from minute to minute.
    /// The figures are those of the pair whose ratio is the median.
    func drainMany(_ cell: BenchCell) async throws -> [(String, Double)] {
        var pairs: [(ratio: Double, few: Drained, many: Drained)] = []
        for _ in 0..<plan.pairs {
            try await clean()
            let few = try await drainFew(cell)
            try await clean()
            let many = try await drain(cell, jobs: plan.backlog)
            pairs.append((many.rate / few.rate, few, many))
        }
        let median = pairs.sorted { $0.ratio < $1.ratio }[pairs.count / 2]
        return median.many.figures + [
            ("pairs", Double(pairs.count)), ("jobs_per_second_few", median.few.rate), ("ratio_to_few", median.ratio),
            ("ratio_least", pairs.map(\.ratio).min() ?? .nan), ("ratio_most", pairs.map(\.ratio).max() ?? .nan),
        ]
    }

    /// From the first start to the last end of each round, as the history has them: what was measured is what was
    /// promised, and what a service needs to start and to leave is not in it.
    func drain(_ cell: BenchCell, jobs: Int, rounds: Int = 1, shape: [String]? = nil) async throws -> Drained {
        var drained = Drained()
        for round in 1...rounds {
            let position = try await logPosition()
            try await withStore { try await EnqueueCells.fill(JobClient($0), jobs: jobs) }
            let service = try start(cell, shape ?? shapes(cell), ["--once"])
            let (status, figures) = try await service.wait()
            guard status == 0 else { throw CommandFailure(.failed, "the service ended with \(status): see \(log)") }
            let end = try await logPosition()
            let seconds = try await withStore { try await span(ofLast: jobs, of: round * jobs, in: $0) }
            drained.add(
                jobs: jobs, seconds: seconds, figures, written: position.flatMap { start in end.map { $0 - start } })
        }
        return drained
    }

    private func span(ofLast jobs: Int, of all: Int, in roles: StoreRoles) async throws -> Double {
        let reader = try roles.need(\.reader, to: "read jobs")
        let stats = try await reader.stats()
        guard stats.states[.completed] == all else {
            throw CommandFailure(.failed, "\(stats.states[.completed] ?? 0) of \(all) jobs were completed: see \(log)")
        }
        // Ids grow with time, so the oldest of a round is the last of so many, and the newest ended among the last.
        var oldest: JobID?
        var ended = Timestamp(microseconds: .min)
        var left = jobs
        while left > 0 {
            let page = try await reader.jobs(matching: JobFilter(), limit: min(2000, left), before: oldest)
            guard let last = page.last else { break }
            ended = max(ended, page.compactMap(\.finishedAt).max() ?? ended)
            oldest = last.id
            left -= page.count
        }
        guard let oldest, let first = try await reader.job(oldest)?.history.first else {
            throw CommandFailure(.failed, "the jobs that were drained have no history")
        }
        return (ended - first.startedAt) / .seconds(1)
    }
}
