import Glibc
import Hakobi

#if Postgres
    import HakobiPostgres
#endif
#if MySQL
    import HakobiMySQL
#endif

/// How much of each, and where.
struct BenchPlan: Sendable {
    var jobs = 20_000
    /// How often so many are drained: 20,000 are gone in a third of a second, of which one slow flush is a tenth.
    var rounds = 5
    var backlog = 500_000
    /// Of a large drain and small ones beside it.
    var pairs = 3
    /// As many as the peer that it is compared with: a fresh log grows at first, and growing files are slow to flush.
    var enqueues = 20_000
    var pickups = 300
    var processes = 2
    /// How long the steady streams are; a report beside them takes a fifth of that.
    var stream = Duration.seconds(20)
    /// The disk under it is what the durable cells measure.
    var directory: String
    /// A server's database instead of a file: a schema of the run's own is made in it.
    var server: StoreLocation?
    /// What restarts that server.
    var restart: String?
    /// Another host.
    var far: FarHost?
    var environment: [String: String]
}

/// Another host as far as the network can tell, as a network namespace is.
struct FarHost: Sendable {
    /// Before the words of a program that is to run there.
    var wrapper: [String]
    /// The server as it is reached from there.
    var server: StoreLocation
}

/// Runs one cell against a fresh store and gives its figures.
struct BenchRun {
    let plan: BenchPlan
    private var database: String { plan.directory + "/bench.db" }
    var location: String { plan.server.map { Self.scratch(in: $0) } ?? "sqlite:" + database }
    var log: String { plan.directory + "/service.log" }

    init(_ plan: BenchPlan) { self.plan = plan }

    func run(_ cell: BenchCell) async throws -> BenchResult {
        try await clean()
        var result = BenchResult(cell: cell)
        switch cell {
        case .enqueueOneCaller: result.figures = try await enqueue(callers: 1)
        case .enqueueSixteenCallers: result.figures = try await enqueue(callers: 16)
        case .enqueueBulk:
            result.figures = try await withStore { try await EnqueueCells.bulk($0, jobs: plan.jobs * 5) }
        case .drainInProcess, .drainInProcessQuietly, .drainPreforked, .drainPreforkedQuietly:
            result.figures = try await drainFew(cell).figures
        case .drainBacklogInProcess, .drainBacklogPreforked:
            result.figures = try await drainMany(cell)
        case .pickupInProcess, .pickupPreforked, .pickupFar: try await pickUp(cell, into: &result)
        case .idle: result.figures = try await idle()
        case .workerSweep: result.figures = try await sweep()
        case .heldSnapshot, .overlappingReaders: result.figures = try await stream(cell)
        case .serverRestart:
            result.figures = try await RestartRun(bench: self, command: plan.restart ?? "").figures(cell)
        }
        try await clean()
        return result
    }

    // MARK: Cells

    private func enqueue(callers: Int) async throws -> [(String, Double)] {
        try await withStore {
            try await EnqueueCells.oneByOne($0, jobs: plan.enqueues, callers: callers)
        }
    }

    /// An idle service, and this process enqueuing at random moments.
    private func pickUp(_ cell: BenchCell, into result: inout BenchResult) async throws {
        let file = plan.directory + "/pickups"
        let service = try start(cell, [], pickups: file)
        try await withStore { roles in
            let client = JobClient(roles)
            try await client.enqueue(BenchJob(number: 0))
            try await lines(1, in: file)
            for number in 1...plan.pickups {
                try await Task.sleep(for: .microseconds(Int.random(in: 1000...40_000)))
                try await client.enqueue(BenchJob(number: number))
            }
            try await lines(plan.pickups + 1, in: file)
        }
        service.signal(SIGTERM)
        _ = try await service.wait()
        let waits = try read(file).dropFirst().map { $0 / 1e6 }
        result.figures.append(("jobs", Double(waits.count)))
        result.add("pickup_ms", percentilesOf: waits)
    }

    /// At rest beside a large backlog that is not due.
    private func idle() async throws -> [(String, Double)] {
        try await withStore { roles in
            let client = JobClient(roles)
            var options = JobOptions()
            options.due = .after(.seconds(86_400))
            for start in stride(from: 0, to: plan.backlog, by: 1000) {
                let jobs = (start..<min(start + 1000, plan.backlog)).map(BenchJob.init(number:))
                _ = try await client.enqueue(contentsOf: jobs, options)
            }
        }
        let service = try start(.idle, [])
        try await Task.sleep(for: .seconds(2))
        let before = ProcessFigures.tree(of: service.pid)
        try await Task.sleep(for: .seconds(10))
        let used = ProcessFigures.tree(of: service.pid) - before
        var figures = BenchService.Figures()
        service.look(&figures)
        service.signal(SIGTERM)
        _ = try await service.wait()
        return [
            ("waiting", Double(plan.backlog)), ("idle_cpu_percent", used / 10 * 100),
            ("resident_parent_mb", figures.parentResident), ("resident_worker_mb", figures.workerResident),
        ]
    }

    // MARK: Parts

    func start(_ cell: BenchCell, _ more: [String], pickups: String = "") throws -> BenchService {
        try start(cell, shapes(cell), more, pickups: pickups)
    }

    func shapes(_ cell: BenchCell) -> [String] {
        cell.isPreforked
            ? ["--processes", "\(plan.processes)", "--concurrency", "1"] : ["--processes", "0", "--concurrency", "4"]
    }

    func start(
        _ cell: BenchCell, _ shape: [String], _ more: [String], pickups: String = ""
    ) throws -> BenchService {
        let far = cell == .pickupFar ? plan.far : nil
        let store = far.map { Self.scratch(in: $0.server) } ?? location
        return try BenchService(
            ["--store", store, "--log-level", cell.logs ? "info" : "error"] + shape + more, wrapper: far?.wrapper ?? [],
            log: log, pickups: pickups, environment: plan.environment)
    }

    func withStore<Value>(_ body: (StoreRoles) async throws -> Value) async throws -> Value {
        let roles = try await StoreOpener.open(try StoreLocation(reading: location), .create)
        do {
            let value = try await body(roles)
            await roles.close()
            return value
        } catch {
            await roles.close()
            throw error
        }
    }

    private func lines(_ count: Int, in file: String) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while (try? read(file).count) ?? 0 < count {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(.failed, "the service picked nothing up in 20 s: see \(log)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func read(_ file: String) throws -> [Double] {
        do throws(Unreadable) {
            return try TextFile.read(file).split(separator: "\n").compactMap { Double($0) }
        } catch {
            throw CommandFailure(.failed, error.description)
        }
    }

    /// The log stays: a cell that failed points at it.
    func clean() async throws {
        for name in ["bench.db", "bench.db-wal", "bench.db-shm", "pickups"] { unlink(plan.directory + "/" + name) }
        #if MySQL
            if plan.server?.scheme == .mysql {
                let store = try MySQLStore(url: location, options: MySQLOptions(migratesOnOpen: false))
                do { try await store.removeEverything() } catch {
                    await store.close()
                    throw error
                }
                return await store.close()
            }
        #endif
        #if Postgres
            guard plan.server?.scheme == .postgres else { return }
            let store = try await PostgresStore(url: location, options: PostgresOptions(migratesOnOpen: false))
            do { try await remove(store) } catch {
                await store.close()
                throw error
            }
            await store.close()
        #endif
    }

    #if Postgres
        /// The server's own vacuum gives way to whoever drops its table, one table a second.
        private func remove(_ store: PostgresStore) async throws(StoreError) {
            for _ in 1...10 {
                do throws(StoreError) { return try await store.removeEverything() } catch {
                    guard error.isTransient else { throw error }
                }
            }
            try await store.removeEverything()
        }
    #endif

    /// The same database, in a schema, or with a prefix, that nobody else has.
    private static func scratch(in server: StoreLocation) -> String {
        let mine = server.scheme == .mysql ? "hakobi_prefix" : "hakobi_schema"
        return server.path + (server.path.contains("?") ? "&" : "?") + "\(mine)=hakobi_bench_\(getpid())"
    }
}
