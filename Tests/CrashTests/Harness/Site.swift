import Foundation
import HakobiCommand
import HakobiCore
import Synchronization
import Testing

/// One test's own place: a store, a page of marks, and the services on it, all gone at the end.
final class Site: Sendable {
    let folder: String
    /// The store as `--store` takes it.
    let url: String
    let store: any JobStore
    let reader: any JobReader
    let registry: any WorkerRegistry
    private let roles: StoreRoles
    private let programs = Mutex<[Running]>([])
    private let promised = Mutex<[JobID]>([])

    /// Full length, as `make soak` asks for.
    static let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] != nil

    /// - Parameters:
    ///   - url: of a store that nobody else has; by default a fresh one in `place`.
    ///   - own: another way to the same store, for what the test itself does.
    init(_ place: Place, url: String? = nil, own: String? = nil) async throws {
        folder = NSTemporaryDirectory() + "hakobi-crash-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(
            atPath: folder + "/run", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        self.url = try url ?? place.freshStore(in: folder)
        roles = try await StoreOpener.open(url: own ?? self.url)
        guard let reader = roles.reader, let registry = roles.registry else {
            throw HarnessError("\(self.url) cannot be looked into")
        }
        (store, self.reader, self.registry) = (roles.store, reader, registry)
    }

    var markPath: String { folder + "/marks" }
    var marks: MarkFile { MarkFile(markPath) }

    /// Runs a test on a place of its own; on failure the services' last words are shown.
    static func with(
        _ place: Place = .sqlite, url: String? = nil, own: String? = nil, _ body: (Site) async throws -> Void
    ) async throws {
        let site = try await Site(place, url: url, own: own)
        do {
            try await body(site)
        } catch {
            for program in site.programs.withLock(\.self) {
                print("--- \(program.pid): \(program.log.suffix(3000))")
            }
            await site.tearDown()
            throw error
        }
        await site.tearDown()
    }

    private func tearDown() async {
        for program in programs.withLock(\.self) {
            // Stopped ones too: SIGKILL needs no consent. Children first, because they may lead groups of their own.
            for child in ProcessTable.children(of: program.pid) { kill(child.pid, SIGKILL) }
            kill(-program.pid, SIGKILL)
            program.reap()
        }
        await roles.close()
        if ProcessInfo.processInfo.environment["HAKOBI_CRASH_KEEP"] != nil {
            print("kept: \(folder)")
        } else {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    // MARK: Programs

    static let programPath: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/CrashApp"
    }()

    func run(
        _ arguments: [String], _ variables: [String: String] = [:], program: String = Site.programPath,
        through wrapper: [String] = []
    ) throws -> Running {
        var environment = [
            "CRASH_MARKS": markPath, "CRASH_STORE": url, "CRASH_RUNTIME": folder + "/run",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        ]
        environment.merge(variables) { _, own in own }
        let words = wrapper + [program] + arguments
        let number = programs.withLock(\.count)
        let running = try Running(
            words[0], Array(words.dropFirst()), environment: environment, output: "\(folder)/log-\(number)")
        programs.withLock { $0.append(running) }
        return running
    }

    /// The service as a user starts it.
    func up(
        processes: Int = 2, concurrency: Int = 1, _ more: [String] = [], _ variables: [String: String] = [:],
        program: String = Site.programPath, through wrapper: [String] = []
    ) throws -> Running {
        let arguments = [
            "up", "--store", url, "--processes", "\(processes)", "--concurrency", "\(concurrency)",
            "--set", "runtime-directory=\(folder)/run",
        ]
        return try run(arguments + more, variables, program: program, through: wrapper)
    }

    /// The worker processes of a service.
    func workers(of service: Running) -> [pid_t] {
        ProcessTable.children(of: service.pid).filter(\.isAlive).map(\.pid)
    }

    // MARK: Jobs

    /// Enqueues from this process; what is answered is promised.
    @discardableResult
    func enqueue(
        _ kind: String, _ payload: Int = 0, count: Int = 1, queue: String = "default", maxFailures: Int = 10,
        limits: TimeLimits = TimeLimits(), priority: Int = 5
    ) async throws -> [JobID] {
        var ids: [JobID] = []
        for start in stride(from: 0, to: count, by: 1000) {
            var generator = SystemRandomNumberGenerator()
            let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
            let jobs = try (start..<min(count, start + 1000)).map { _ in
                NewJob(
                    id: JobID(at: now, using: &generator), kind: try Kind(kind), queue: try QueueName(queue),
                    payload: Payload(Array("\(payload)".utf8)), priority: priority, maxFailures: maxFailures,
                    limits: limits)
            }
            for (job, answer) in zip(jobs, try await store.insert(jobs)) {
                guard answer == .inserted else { throw HarnessError("\(job.id) was not inserted: \(answer)") }
                ids.append(job.id)
            }
        }
        promised.withLock { $0 += ids }
        roles.wakeUps?.nudge()
        return ids
    }

    /// These were delivered otherwise.
    func promise(_ ids: [JobID]) { promised.withLock { $0 += ids } }

    /// Everything anybody was told is kept.
    var acknowledged: [JobID] { promised.withLock(\.self) + marks.acknowledged }

    func count(_ states: JobState...) async throws -> Int {
        let stats = try await reader.stats()
        return states.reduce(0) { $0 + stats.states[$1, default: 0] }
    }

    /// Waits until nothing is waiting or running.
    func drained(within limit: Duration = .seconds(60)) async throws {
        try await until("all jobs have ended", within: limit, every: .milliseconds(20)) {
            try self.checkAlive()
            return try await self.count(.available, .running) == 0
        }
    }

    /// Waits until so many handlers have started, or ended.
    func started(_ count: Int, within limit: Duration = .seconds(20)) async throws {
        try await until("\(count) handlers have started", within: limit) {
            try self.checkAlive()
            return self.marks.started.count >= count
        }
    }

    func finished(_ count: Int, within limit: Duration = .seconds(20)) async throws {
        try await until("\(count) handlers have ended", within: limit) {
            try self.checkAlive()
            return self.marks.finished.count >= count
        }
    }

    /// Waiting for work is of no use when nobody is there to do it.
    private func checkAlive() throws {
        let programs = programs.withLock(\.self)
        if !programs.isEmpty, !programs.contains(where: { ProcessTable.isAlive($0.pid) }) {
            throw HarnessError("no service is alive: \(programs.last?.log.suffix(1500) ?? "")")
        }
    }

    func job(_ id: JobID) async throws -> JobRecord { try #require(try await reader.job(id)) }

    /// Ends a service by TERM and expects a good end.
    func stop(_ service: Running, within limit: Duration = .seconds(30)) async throws {
        service.signal(SIGTERM)
        let status = try await service.end(within: limit)
        #expect(status == 0, "the service ended with \(status): \(service.log.suffix(2000))")
    }
}
