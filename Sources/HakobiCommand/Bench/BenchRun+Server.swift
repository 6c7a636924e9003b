import Hakobi

#if Postgres
    import HakobiPostgres
#endif

/// Cells that only a server has.
extension BenchRun {
    /// How much log the server has written so far; `nil` for stores that have no such figure.
    func logPosition() async throws -> Int64? {
        #if Postgres
            guard plan.server?.scheme == .postgres else { return nil }
            let meter = try await PostgresMeter(url: location)
            let position = try await meter.logPosition()
            await meter.close()
            return position
        #else
            return nil
        #endif
    }

    /// The same drain by one process after another number of them, and by one with more and more slots.
    func sweep() async throws -> [(String, Double)] {
        var figures: [(String, Double)] = []
        for (processes, slots) in [(0, 1), (0, 4), (0, 16), (1, 1), (2, 1), (4, 1), (2, 4)] {
            try await clean()
            let shape = ["--processes", "\(processes)", "--concurrency", "\(slots)"]
            let drained = try await drain(.workerSweep, jobs: plan.jobs, shape: shape)
            figures.append(("jobs_per_second_\(processes)x\(slots)", drained.rate))
        }
        return figures
    }

    /// A steady stream with somebody in the way.
    func stream(_ cell: BenchCell) async throws -> [(String, Double)] {
        #if Postgres
            return try await SteadyRun(bench: self).figures(cell, cell == .heldSnapshot ? .heldSnapshot : .readers)
        #else
            throw CommandFailure.usage("--store: \(cell.rawValue) is measured on PostgreSQL")
        #endif
    }
}
