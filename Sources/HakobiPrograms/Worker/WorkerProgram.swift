import Glibc
import Hakobi
import HakobiCore
import Logging
import Synchronization

/// What all worker programs of a process have in common.
struct ProgramHouse: Sendable {
    var environment: [String]
    var crashBudget: Int
    var limits = ProgramLimits()
    var logger: Logger
}

/// One place for a worker program: started, given one job at a time, and started again whenever it ends.
///
/// A thread of its own attends to it (`ProgramLife`); jobs are written by whoever brings them, so that a busy program
/// costs no wakeup more than its answers do.
final class WorkerProgram: Sendable {
    let command: String
    let house: ProgramHouse
    let bell: ThreadBell
    let rest: RestMark
    let state: Mutex<State>
    let started = Doorbell()
    private let ended = Doorbell()

    init(_ command: String, _ house: ProgramHouse) throws(ProgramFailure) {
        self.command = command
        self.house = house
        bell = try ThreadBell.make()
        let rest = try RestMark()
        self.rest = rest
        state = Mutex(State(rest))
    }

    /// Starts it. A program that cannot start the first time is not tried again: that is its starter's to decide.
    func begin() throws {
        try OwnThread.start(named: "hakobi-program") { [self] in
            keep()
            ended.ring()
        }
    }

    /// The hello of its first life has come, or will not.
    func hasSpoken() async { await started.wait() }

    /// What it said then.
    /// - Throws: `ProgramFailure`, with what it said instead of a hello.
    func hello() throws -> ProgramHello {
        guard let word = state.withLock({ $0.firstWord }) else { throw CancellationError() }
        return try word.get()
    }

    /// Ends programs that have begun, all at once, as at the end of their process: end of input, SIGTERM, SIGKILL. Their
    /// jobs end with them.
    static func close(_ programs: [WorkerProgram]) async {
        for program in programs {
            program.state.withLock { $0.close() }
            program.bell.ring()
        }
        for program in programs { await program.ended.wait() }
    }

    var isReady: Bool { state.withLock { $0.life?.isIdle == true } }

    // MARK: Jobs

    /// Runs one job to its outcome. What a program that ended had never read, the next one gets.
    func run(_ context: JobContext, _ line: [UInt8], limit: Duration?) async throws {
        for _ in 0..<3 {
            do {
                return try await give(context, line, limit: limit)
            } catch is ProgramJob.Unread {
                if Task.isCancelled { throw ProgramFailure("its worker program ended before it read the job") }
            }
        }
        throw ProgramFailure("three worker programs ended before they read the job")
    }

    private func give(_ context: JobContext, _ line: [UInt8], limit: Duration?) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                accept(ProgramJob(context, line: line, limit: limit, continuation))
                // Cancelled before it was there: the handler below found nothing.
                if Task.isCancelled { stop(context.id) }
            }
        } onCancel: {
            stop(context.id)
        }
    }

    private func accept(_ job: ProgramJob) {
        let (isAccepted, mustRing) = state.withLock { ($0.accept(job), $0.mustRing) }
        guard isAccepted else { return end(job, with: ProgramEnd(fault: "it was closed")) }
        if mustRing { bell.ring() }
    }

    private func stop(_ id: JobID) {
        let waiting = state.withLock { $0.stop(id) }
        bell.ring()
        waiting?.end(throwing: CancellationError())
    }

    /// Ends a job as `end` has it.
    func end(_ job: ProgramJob?, with end: ProgramEnd) {
        guard let job else { return }
        job.end(
            throwing: end.verdict(
                on: job.id, isDraining: job.context.isDraining, crashBudget: house.crashBudget))
    }
}
