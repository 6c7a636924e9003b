import Glibc
import Hakobi

#if Postgres
    import HakobiPostgres

    /// A steady stream of jobs through a service, with somebody in the way or not, and a rush at its end.
    ///
    /// What is compared: how long jobs wait, how many pages the server looks at for one, and how fast the rush is over.
    struct SteadyRun {
        enum Trouble { case none, heldSnapshot, readers }

        let bench: BenchRun
        private var plan: BenchPlan { bench.plan }
        private var file: String { plan.directory + "/pickups" }

        /// The clean run, then the troubled one, each in a store of its own.
        func figures(_ cell: BenchCell, _ trouble: Trouble) async throws -> [(String, Double)] {
            let clean = try await stream(cell, .none)
            try await bench.clean()
            let troubled = try await stream(cell, trouble)
            var figures = [("seconds", plan.stream / .seconds(1))]
            for (before, after) in zip(clean, troubled) {
                figures += [("\(before.0)_clean", before.1), after]
            }
            let ratios = zip(clean, troubled).map { $1.1 / $0.1 }
            return figures + [("pages_ratio", ratios[2]), ("rush_ratio", ratios[3])]
        }

        private func stream(_ cell: BenchCell, _ trouble: Trouble) async throws -> [(String, Double)] {
            try await bench.withStore { roles in
                let meter = try await PostgresMeter(url: bench.location)
                let service = try bench.start(cell, [], pickups: file)
                do {
                    let figures = try await withTrouble(trouble) { try await measure(JobClient(roles), meter) }
                    service.signal(SIGTERM)
                    _ = try await service.wait()
                    await meter.close()
                    return figures
                } catch {
                    service.signal(SIGTERM)
                    _ = try await service.wait()
                    await meter.close()
                    throw error
                }
            }
        }

        private func measure(_ client: JobClient, _ meter: PostgresMeter) async throws -> [(String, Double)] {
            var seen = PickupFile(path: file)
            try await client.enqueue(BenchJob(number: 0))
            try await seen.wait(for: 1)
            let half = plan.stream / 2
            let stream = SteadyStream(client: client)
            let first = try await stream.send(for: half).jobs
            let pages = try await meter.pages()
            let second = try await stream.send(for: half).jobs
            try await seen.wait(for: 1 + first + second)
            let used = try await meter.pages() - pages
            let waits = seen.waits.suffix(second).map { $0 / 1e6 }.sorted()
            let start = ContinuousClock.now
            try await EnqueueCells.fill(client, jobs: plan.jobs)
            try await seen.wait(for: 1 + first + second + plan.jobs)
            let rush = (ContinuousClock.now - start) / .seconds(1)
            return [
                ("pickup_p50_ms", waits[waits.count / 2]), ("pickup_p99_ms", waits[waits.count * 99 / 100]),
                ("pages_per_job", Double(used) / Double(second)), ("rush_per_second", Double(plan.jobs) / rush),
            ]
        }

        private func withTrouble<Value: Sendable>(
            _ trouble: Trouble, _ body: () async throws -> Value
        ) async throws -> Value {
            var meters: [PostgresMeter] = []
            for _ in 0..<(trouble == .readers ? 3 : trouble == .heldSnapshot ? 1 : 0) {
                meters.append(try await PostgresMeter(url: bench.location))
            }
            if trouble == .heldSnapshot { try await meters[0].holdSnapshot() }
            return try await withThrowingTaskGroup(of: Void.self) { group in
                // Each a third of its length after the one before, again and again: there is always an old snapshot.
                for (place, meter) in meters.enumerated() where trouble == .readers {
                    group.addTask {
                        try await Task.sleep(for: plan.stream / 15 * place)
                        while !Task.isCancelled { try await meter.report(for: plan.stream / 5) }
                    }
                }
                let value = try await body()
                group.cancelAll()
                // Whoever was cut short has nothing to tell.
                while let ended = await group.nextResult() { _ = ended }
                for meter in meters { await meter.close() }
                return value
            }
        }
    }
#endif

/// A file to which a service appends how long each job waited, in nanoseconds; read on from where the last look ended.
struct PickupFile {
    let path: String
    private(set) var waits: [Double] = []
    private var offset: off_t = 0
    private var rest: [UInt8] = []

    init(path: String) { self.path = path }

    /// Until so many jobs were picked up; throws when none was for 30 s.
    mutating func wait(for count: Int) async throws {
        var deadline = ContinuousClock.now + .seconds(30)
        while waits.count < count {
            let before = waits.count
            look()
            if waits.count > before { deadline = .now + .seconds(30) }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(.failed, "the service picked nothing up in 30 s: see the log beside \(path)")
            }
            if waits.count < count { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    private mutating func look() {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, offset)
            guard count > 0 else { return }
            offset += off_t(count)
            rest += buffer[..<count]
            let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            waits += lines.dropLast().compactMap { Double(String(decoding: $0, as: UTF8.self)) }
            rest = Array(lines.last ?? [])
        }
    }
}
