import Glibc
import HakobiTestKit
import Logging
import Synchronization
import Testing

@testable import Hakobi

struct Greet: Job {
    static let kind = "greet"
    let name: String
}

struct Farewell: Job {
    static let kind = "farewell"
    let name: String
}

struct Oops: Error, CustomStringConvertible {
    let description: String
    init(_ text: String = "oops") { description = text }
}

/// What handlers saw, in order.
final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

/// Something that happens once; looked at without a lock's owner waiting.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    func set() { value.store(true, ordering: .releasing) }
    var isSet: Bool { value.load(ordering: .acquiring) }
}

/// Returns once `condition` holds, looking again whenever others have had their turn; fails after ten seconds.
func eventually(
    _ what: Comment? = nil, at location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async rethrows {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    while clock.now < end {
        if try await condition() { return }
        await Task.yield()
    }
    Issue.record(what ?? "it did not come true within 10 s", sourceLocation: location)
}

/// What a handler does that stops when asked to, and never by itself.
func untilCancelled() async throws {
    await Doorbell().wait()
    throw CancellationError()
}

/// A store in memory, a clock moved by hand, and workers between them; everything made is removed at the end.
final class House: Sendable {
    let clock = ManualClock()
    let store: MemoryStore
    let faulty: FaultyStore
    let recording: RecordingStore
    let lines = LogLines()
    let directory: String

    init() {
        store = MemoryStore(clock: clock.storeClock)
        faulty = FaultyStore(store)
        recording = RecordingStore(faulty)
        directory = "/dev/shm/hakobi-engine-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
    }

    deinit {
        var names: [String] = [directory]
        for case let owner in PrivateDirectory.entries(of: directory) ?? [] {
            names.append("\(directory)/\(owner)")
            for file in PrivateDirectory.entries(of: "\(directory)/\(owner)") ?? [] {
                unlink("\(directory)/\(owner)/\(file)")
            }
        }
        for name in names.reversed() { rmdir(name) }
    }

    var roles: StoreRoles {
        var roles = store.roles
        roles.store = recording
        return roles
    }

    var client: JobClient { JobClient(store.roles) }
    var logger: Logger { lines.logger }
    var engineClock: EngineClock { EngineClock(clock) }

    func worker(_ handlers: Handlers, _ change: (inout WorkerSettings) -> Void = { _ in }) throws -> Worker {
        var settings = WorkerSettings()
        settings.prefetchJobs = 0
        settings.runtimeDirectory = directory
        change(&settings)
        return try Worker(roles, handlers: handlers, settings: settings, logger: logger, clock: engineClock)
    }

    /// Runs until nothing is due or running.
    func runOnce(_ handlers: Handlers, _ change: (inout WorkerSettings) -> Void = { _ in }) async throws {
        try await worker(handlers) { settings in
            settings.once = true
            change(&settings)
        }.run()
    }

    /// Runs a worker beside `body`, then drains it and waits for its end.
    func during(_ worker: Worker, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            do { try await body() } catch {
                worker.drain(grace: .zero)
                throw error
            }
            worker.drain()
            try await group.waitForAll()
        }
    }

    /// Lets time pass in steps, each followed by turns for everyone, until `condition` holds or `limit` has passed.
    func advance(
        upTo limit: Duration, step: Duration = .milliseconds(300), at location: SourceLocation = #_sourceLocation,
        until condition: () async throws -> Bool
    ) async throws {
        var passed = Duration.zero
        while passed < limit {
            for _ in 0..<200 {
                if try await condition() { return }
                await Task.yield()
            }
            clock.advance(by: step)
            passed += step
        }
        try await eventually("it did not come true in \(limit)", at: location, condition)
    }

    var directoryExists: Bool { access(directory, F_OK) == 0 }

    func record(_ id: JobID) async throws -> JobRecord { try #require(await store.job(id)) }
}

extension JobClient {
    /// The ids, in order.
    func enqueueAll(_ names: [String]) async throws -> [JobID] {
        try await names.asyncMap { try await self.enqueue(Greet(name: $0)) }
    }
}

extension Array {
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}

extension Worker {
    /// Hands claimed jobs over as a claim of its own would.
    func take(_ jobs: [ClaimedJob]) {
        let demand = Demand(
            queues: .all, kinds: [], slots: jobs.count, lonelySlots: 0, lease: settings.lease, owner: incarnation.owner)
        state.withLock { _ = $0.claimed(jobs, by: demand, sentAt: clock.now()) }
        runner.accept(jobs)
    }
}

/// Log lines kept for looking at.
final class LogLines: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let text: String
        let metadata: [String: String]
    }

    private let lines = Mutex<[Line]>([])

    var logger: Logger {
        Logger(label: "engine") { _ in
            TellingLog(level: .trace) { event, metadata in
                self.add(
                    Line(level: event.level, text: "\(event.message)", metadata: metadata.mapValues { "\($0)" }))
            }
        }
    }

    func add(_ line: Line) { lines.withLock { $0.append(line) } }
    var all: [Line] { lines.withLock { $0 } }
    func with(_ text: String) -> [Line] { all.filter { $0.text.contains(text) } }
}
