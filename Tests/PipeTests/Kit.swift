import Glibc
import Hakobi
import HakobiCore
import Logging
import Synchronization
import Testing

@testable import HakobiPrefork

/// What a runner told, and a way to wait for it.
final class Ledger: RunnerEvents {
    struct Content: Sendable {
        var settlements: [Settlement] = []
        var news: [(lease: Lease, progress: HakobiCore.Progress?, checkpoint: [UInt8]?)] = []
        var changes = 0

        func outcome(of job: ClaimedJob) -> Outcome? { settlements.first { $0.lease == job.lease }?.outcome }
    }

    private struct State: Sendable {
        var content = Content()
        var waiters: [(@Sendable (Content) -> Bool, CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var content: Content { state.withLock { $0.content } }

    func finished(_ settlements: [Settlement]) { change { $0.settlements += settlements } }

    func reported(_ lease: Lease, progress: HakobiCore.Progress?, checkpoint: [UInt8]?) {
        change { $0.news.append((lease, progress, checkpoint)) }
    }

    func capacityChanged() { change { $0.changes += 1 } }

    /// Suspends until the content is as wanted.
    func until(_ isReached: @escaping @Sendable (Content) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isNow = state.withLock { state in
                if isReached(state.content) { return true }
                state.waiters.append((isReached, continuation))
                return false
            }
            if isNow { continuation.resume() }
        }
    }

    func until(settled count: Int) async { await until { $0.settlements.count >= count } }

    private func change(_ body: (inout Content) -> Void) {
        let ready = state.withLock { state in
            body(&state.content)
            let ready = state.waiters.filter { $0.0(state.content) }
            state.waiters.removeAll { $0.0(state.content) }
            return ready
        }
        for (_, continuation) in ready { continuation.resume() }
    }
}

/// A runner with real worker processes for the length of a closure.
struct Carrier: Sendable {
    let runner: PipeRunner
    let supervisor: Supervisor
    let ledger: Ledger
    private let isTerminated: Flag

    /// A switch that several hold.
    private final class Flag: Sendable {
        private let isSet = Mutex(false)
        /// Sets it, and tells whether it was set before.
        func set() -> Bool {
            isSet.withLock { isSet in
                defer { isSet = true }
                return isSet
            }
        }
    }

    /// TERM, once: a second one would mean "kill".
    func terminate() { if !isTerminated.set() { supervisor.signal(.terminate) } }

    static func serve(
        processes: Int = 1, concurrency: Int = 1, maxJobs: Int? = nil, grace: Duration = .seconds(25),
        leaseLocks: (any LeaseLocks)? = nil, _ change: (inout PipeSettings) -> Void = { _ in },
        _ body: (Carrier) async throws -> Void
    ) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var settings = PipeSettings(host: "here", concurrency: concurrency)
        change(&settings)
        let runner = try PipeRunner(settings, release: "test", leaseLocks: leaseLocks, logger: logger)
        let command = ProcessCommand(
            executable: Program.fixture, arguments: ["fixture"], environment: [:],
            pageBytes: RunningPage.bytes(slots: max(concurrency, 1)), pageDirectory: settings.pageDirectory)
        let service = SupervisorSettings(
            command: command, policy: SupervisorPolicy(processes: processes, maxJobs: maxJobs, grace: grace))
        let supervisor = Supervisor(service, observer: runner, logger: logger, handlesSignals: false)
        let running = Task { try await supervisor.run() }
        let isTerminated = Flag()
        var hooks = PipeHooks { service }
        hooks.ending = {
            if !isTerminated.set() { supervisor.signal(.terminate) }
            _ = await running.result
        }
        runner.attach(supervisor, hooks: hooks)
        let ledger = Ledger()
        let serving = Task { try await runner.run(ledger) }
        do {
            while runner.capacity.slots < processes * concurrency {
                let changes = ledger.content.changes
                guard runner.capacity.slots < processes * concurrency else { break }
                await ledger.until { $0.changes > changes }
            }
            try await body(Carrier(runner: runner, supervisor: supervisor, ledger: ledger, isTerminated: isTerminated))
        } catch {
            serving.cancel()
            _ = await serving.result
            throw error
        }
        serving.cancel()
        try await serving.value
        #expect(supervisor.state.withLock { $0.children.isEmpty })
    }

    /// Runs jobs to their ends.
    func run(_ jobs: [ClaimedJob]) async -> [Outcome?] {
        let done = ledger.content.settlements.count
        runner.accept(jobs)
        await ledger.until(settled: done + jobs.count)
        let ends = Dictionary(
            ledger.content.settlements.map { ($0.lease, $0.outcome) }, uniquingKeysWith: { first, _ in first })
        return jobs.map { ends[$0.lease] }
    }

    /// Waits until so many handlers run, as the pages show it.
    func until(running count: Int) async throws {
        for _ in 0..<2000 where runner.running().count != count { try await Task.sleep(for: .milliseconds(5)) }
        #expect(runner.running().count == count)
    }

    /// The pids of worker processes.
    var workers: [Int32] { runner.processes().dropFirst().map(\.pid) }
}

enum Program {
    static let fixture: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let whole = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(whole[..<(whole.lastIndex(of: "/") ?? whole.startIndex)]) + "/pipe-fixture"
    }()
}

private let counter = Atomic<UInt64>(1)

/// A claimed job as a store would give it.
func job(
    _ kind: String, _ payload: String = "", attempt: Int = 1, suspect: Bool = false, limits: TimeLimits = TimeLimits(),
    maxFailures: Int = 10
) throws -> ClaimedJob {
    let number = counter.add(1, ordering: .relaxed).newValue
    let lease = Lease(
        job: JobID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0000 | number), row: Int64(number),
        attempt: attempt, owner: Owner(node: "n", boot: "b", incarnation: "i"))
    return ClaimedJob(
        lease: lease, kind: try Kind(kind), queue: try QueueName("lane"), payload: Payload([UInt8](payload.utf8)),
        priority: 5, failures: 0, crashes: 0, maxFailures: maxFailures, limits: limits, metadata: ["a": "b"],
        checkpoint: nil, isSuspect: suspect, createdAt: Timestamp(microseconds: 1), dueAt: Timestamp(microseconds: 2),
        claimedAt: Timestamp(microseconds: 3))
}
