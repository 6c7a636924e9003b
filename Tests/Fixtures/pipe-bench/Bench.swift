import Glibc
import Hakobi
import HakobiCore
import HakobiPrefork
import Logging
import Synchronization

/// Jobs a second through worker processes, with no store behind them, beside the same handler in a plain loop.
///
/// `pipe-bench [jobs] [processes] [concurrency] [payload bytes]`
@main struct Bench {
    static func main() async throws {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        var handlers = Handlers()
        handlers.on(kind: "nothing") { _, _ in }
        let all = handlers
        if let value = getenv(WorkerDescriptors.variable),
            let descriptors = WorkerDescriptors.inherited(
                environment: [WorkerDescriptors.variable: String(cString: value)])
        {
            await WorkerProcessMain.run(
                descriptors, WorkerProcessSettings(release: "1", logger: logger) { _, _ in all })
        }
        let numbers = CommandLine.arguments.dropFirst().map { Int($0) ?? 1 } + [200_000, 2, 1, 100]
        let jobs = CommandLine.arguments.count > 1 ? numbers[0] : 200_000
        let processes = CommandLine.arguments.count > 2 ? numbers[1] : 2
        let concurrency = CommandLine.arguments.count > 3 ? numbers[2] : 1
        let bytes = CommandLine.arguments.count > 4 ? numbers[3] : 100
        let job = claimed(bytes)
        let plain = await loop(
            job, jobs,
            JobExecution(
                handlers: handlers, identity: ProcessIdentity(host: "here", release: "1"), logger: logger))
        print("plain loop: \(Int(plain)) jobs/s")
        let piped = try await pipes(job, jobs, processes, concurrency, logger)
        print("\(processes) processes × \(concurrency): \(Int(piped)) jobs/s; ratio \(piped / plain)")
    }

    private static func claimed(_ bytes: Int) -> ClaimedJob {
        ClaimedJob(
            lease: Lease(job: JobID(high: 1, low: 1), row: 1, attempt: 1, owner: Owner("n b i")!),
            kind: Handlers.nothing, queue: .default, payload: Payload([UInt8](repeating: 0x20, count: bytes)),
            priority: 5, failures: 0, crashes: 0, maxFailures: 10, limits: TimeLimits(), metadata: [:],
            checkpoint: nil, isSuspect: false, createdAt: Timestamp(microseconds: 0),
            dueAt: Timestamp(microseconds: 0), claimedAt: Timestamp(microseconds: 0))
    }

    private static func loop(_ job: ClaimedJob, _ count: Int, _ execution: JobExecution) async -> Double {
        struct Silent: JobLink {
            let isDraining = false
            func report(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?) {}
        }
        let begun = ContinuousClock.now
        for _ in 0..<count { _ = await execution.run(job, link: Silent()) { nil } }
        return Double(count) / (ContinuousClock.now - begun).seconds
    }

    private static func pipes(
        _ job: ClaimedJob, _ count: Int, _ processes: Int, _ concurrency: Int, _ logger: Logger
    ) async throws -> Double {
        let runner = try PipeRunner(PipeSettings(host: "here", concurrency: concurrency), release: "1", logger: logger)
        let service = SupervisorSettings(
            command: ProcessCommand(
                executable: "/proc/self/exe", isThisProgram: true, arguments: ["bench"], environment: [:]),
            policy: SupervisorPolicy(processes: processes))
        let supervisor = Supervisor(service, observer: runner, logger: logger, handlesSignals: false)
        let running = Task { try await supervisor.run() }
        var hooks = PipeHooks { service }
        hooks.ending = {
            supervisor.signal(.terminate)
            _ = await running.result
        }
        runner.attach(supervisor, hooks: hooks)
        let source = Source(runner, job, count, slots: processes * concurrency)
        let serving = Task { try await runner.run(source) }
        await source.done.wait()
        serving.cancel()
        try await serving.value
        return Double(count) / source.elapsed.seconds
    }
}

extension Handlers {
    static let nothing: Kind = {
        do { return try Kind("nothing") } catch { preconditionFailure("\(error)") }
    }()
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Keeps the runner fed, as a worker with a fast store would.
final class Source: RunnerEvents {
    let done = Doorbell()
    private let runner: PipeRunner
    private let job: ClaimedJob
    private let count: Int
    private let slots: Int
    private let state = Mutex((given: 0, finished: 0, begun: ContinuousClock.now, ended: ContinuousClock.now))

    init(_ runner: PipeRunner, _ job: ClaimedJob, _ count: Int, slots: Int) {
        self.runner = runner
        self.job = job
        self.count = count
        self.slots = slots
    }

    var elapsed: Duration { state.withLock { $0.ended - $0.begun } }

    func finished(_ settlements: [Settlement]) { feed(settlements.count) }
    func reported(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?) {}
    func capacityChanged() {
        guard runner.capacity.slots == slots else { return }
        state.withLock { if $0.given == 0 { $0.begun = .now } }
        feed(0)
    }

    private func feed(_ finished: Int) {
        let batch = state.withLock { state -> Int in
            state.finished += finished
            if state.finished == count { state.ended = .now }
            let room = min(2000 - (state.given - state.finished), count - state.given)
            guard room >= 500 || room == count - state.given else { return 0 }
            state.given += room
            return room
        }
        if batch > 0 { runner.accept(Array(repeating: job, count: batch)) }
        if state.withLock({ $0.finished }) == count { done.ring() }
    }
}
