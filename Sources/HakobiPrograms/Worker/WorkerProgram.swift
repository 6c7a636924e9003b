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
    struct State: Sendable {
        /// `nil` while no program runs.
        var life: ProgramState?
        var socket: Int32 = -1
        var outgoing: [UInt8] = []
        /// The program had closed its end before it was sent the last line.
        var isDeaf = false
        /// Given, and in the program's hands once its line is sent.
        var job: ProgramJob?
        /// The thread sleeps without looking at the clock.
        var isAsleep = false
        var isClosed = false
        /// Of its first life.
        var promised: [Kind] = []
        var firstWord: Result<ProgramHello, ProgramFailure>?
    }

    let command: String
    let house: ProgramHouse
    let bell: OwnedBell
    let rest: RestMark
    let state = Mutex(State())
    private let started = Doorbell()
    private let ended = Doorbell()

    init(_ command: String, _ house: ProgramHouse) throws(ProgramFailure) {
        self.command = command
        self.house = house
        bell = try OwnedBell()
        rest = try RestMark()
    }

    /// Starts it. A program that cannot start the first time is not tried again: that is its starter's to decide.
    func begin() throws {
        try OwnThread.start(named: "hakobi-program") { [self] in
            keep()
            ended.ring()
        }
    }

    /// Waits for the hello of its first life.
    /// - Throws: `ProgramFailure`, with what it said instead.
    func hello() async throws -> ProgramHello {
        await started.wait()
        guard let word = state.withLock({ $0.firstWord }) else { throw CancellationError() }
        return try word.get()
    }

    /// Ends the program as at the end of its process: end of input, SIGTERM, SIGKILL. Its job ends with it.
    func close() async {
        state.withLock { $0.isClosed = true }
        bell.ring()
        await ended.wait()
    }

    var isReady: Bool { state.withLock { $0.life?.phase == .idle } }

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
                accept(
                    ProgramJob(
                        context: context, line: line, limit: limit, startedAt: ProgramClock.now(),
                        continuation: continuation))
                // Cancelled before it was there: the handler below found nothing.
                if Task.isCancelled { stop(context.id) }
            }
        } onCancel: {
            stop(context.id)
        }
    }

    private func accept(_ job: ProgramJob) {
        let mustRing = state.withLock { state in
            state.job = job
            handOver(&state)
            return state.isAsleep || !state.outgoing.isEmpty
        }
        if mustRing { bell.ring() }
    }

    /// Writes the job that waits, if the program can have one.
    func handOver(_ state: inout State) {
        guard let job = state.job, !job.isSent, state.life?.begin(job.id, now: ProgramClock.now()) == true else {
            return
        }
        // First the mark, then the job: whoever holds a job is not at rest.
        rest.set(false)
        state.job?.isSent = true
        tell(job.line, &state)
    }

    /// Asks the program to stop the job; one that has not reached it ends here.
    private func stop(_ id: JobID) {
        let waiting = state.withLock { state -> ProgramJob? in
            guard let job = state.job, job.id == id else { return nil }
            guard job.isSent else {
                state.job = nil
                return job
            }
            let now = ProgramClock.now()
            guard state.life?.cancel(id, now: now) == true else { return nil }
            state.job?.isToldToStop = true
            if let line = try? ServiceMessage.cancel(id, job.stopWord(now: now)).line() { tell(line, &state) }
            return nil
        }
        bell.ring()
        waiting?.continuation.resume(throwing: CancellationError())
    }

    /// Sends a line, as far as there is room; the thread sends the rest.
    func tell(_ line: [UInt8], _ state: inout State) {
        guard state.outgoing.isEmpty else { return state.outgoing += line }
        let sent = ProgramConnection.send(line[...], to: state.socket)
        state.isDeaf = sent == nil
        if let sent { state.outgoing = Array(line[sent...]) }
    }

    // MARK: Lives

    /// One life after another, until closed. On a thread of its own.
    private func keep() {
        OwnThread.leaveSignalsToTheProgram()
        var pace = RestartPace()
        while true {
            let (end, jobsDone) = live()
            let isFirst = state.withLock { state -> Bool in
                guard state.firstWord == nil else { return false }
                state.firstWord = .failure(ProgramFailure("worker program \"\(command)\": \(end.sentence)"))
                return true
            }
            if isFirst { return started.ring() }
            guard !state.withLock({ $0.isClosed }) else { return }
            pace.ended(jobsDone: jobsDone, isNormal: end.isNormal)
            note(end, next: pace.delay)
            guard waitToStart(pace.delay, after: end) else { return }
        }
    }

    private func live() -> (ProgramEnd, jobsDone: Int) {
        rest.set(true)
        do {
            var life = ProgramLife(
                self,
                try ProgramConnection.start(
                    ExecSearch.withoutShell(command), house.environment, rest: rest))
            return life.run { started.ring() }
        } catch {
            let end = ProgramEnd(fault: error.description)
            settle(end)
            return (end, 0)
        }
    }

    private func note(_ end: ProgramEnd, next delay: Duration) {
        house.logger.log(
            level: end.isNormal ? .info : .warning, "a worker program ended: it is started again",
            metadata: ["program": "\(command)", "why": "\(end.sentence)", "delay": "\(delay)"])
    }

    /// Ends the job that is there as `end` has it.
    private func settle(_ end: ProgramEnd) {
        guard let job = state.withLock({ $0.job.take() }) else { return }
        job.continuation.resume(throwing: end.verdict(on: job, crashBudget: house.crashBudget))
    }

    /// `false` when closed meanwhile. Jobs wait with it for a moment, and are put off when it takes longer.
    private func waitToStart(_ delay: Duration, after end: ProgramEnd) -> Bool {
        let moment = ProgramClock.now() + delay
        while case let left = moment - ProgramClock.now(), left > .zero {
            guard !state.withLock({ $0.isClosed }) else { return false }
            if left > .seconds(1) { settle(end) }
            var watched = pollfd(bell.number)
            poll(&watched, 1, Int32(left / .milliseconds(1)) + 1)
            if watched.revents != 0 { bell.silence() }
        }
        return !state.withLock { $0.isClosed }
    }
}

/// The time that deadlines of programs are measured in.
enum ProgramClock {
    static func now() -> Duration { RunningPage.clock() }
}
