import Glibc
import Hakobi
import Logging
import Synchronization

/// One life of a worker program, from its start to its end: asks the state what to do, does it, waits, and tells the
/// state what came. Used by the thread that keeps the program.
struct ProgramLife {
    /// A busy program is looked at so often for what nobody rings about: whether the service drains.
    private static let lookInterval = Duration.milliseconds(250)

    private let owner: WorkerProgram
    private var connection: ProgramConnection
    private var end: ProgramEnd?
    /// Nothing happened during the last wait.
    private var hasRested = false

    init(_ owner: WorkerProgram, _ connection: ProgramConnection) {
        self.owner = owner
        self.connection = connection
    }

    /// Attends to it until it has ended.
    mutating func run() -> (ProgramEnd, jobsDone: Int) {
        owner.state.withLock { state in
            let life = ProgramState(limits: owner.house.limits, promised: state.promised, now: ProgramClock.now())
            state.begin(life, on: connection.socket)
        }
        while end == nil {
            for action in owner.state.withLock({ $0.step(now: ProgramClock.now()) }) { perform(action) }
            wait()
            hear()
        }
        return conclude()
    }

    private func perform(_ action: ProgramState.Action) {
        switch action {
        case .tellOfDrain: break  // The state has written it, in its place among the other lines.
        case .closeInput: connection.closeInput()
        case .terminate: connection.program.terminate()
        case .kill: connection.program.kill()
        }
    }

    private mutating func wait() {
        let now = ProgramClock.now()
        let plan = owner.state.withLock { $0.watch(hasRested: hasRested, lookAgain: now + Self.lookInterval) }
        var watched = [
            pollfd(plan.isHeard ? connection.socket : -1, plan.hasMore ? POLLIN | POLLOUT : POLLIN),
            pollfd(connection.program.control), pollfd(connection.errors.descriptor), pollfd(owner.bell.descriptor),
        ]
        hasRested = poll(&watched, 4, plan.until.map { ProgramClock.milliseconds($0 - now) } ?? -1) == 0
        if watched[0].revents & Int16(POLLOUT) != 0 { owner.state.withLock { $0.flush() } }
        if watched[1].revents != 0 { readReport() }
        if watched[2].revents != 0 { connection.errors.logLines(logger, at: .info) }
        if watched[3].revents != 0 { owner.bell.silence() }
    }

    private mutating func readReport() {
        do throws(ProgramFailure) {
            end = try connection.program.report().map { ProgramEnd(cause: $0) }
        } catch {
            end = ProgramEnd(fault: error.description)
        }
    }

    /// Lines carry the job's names while it has one.
    private var logger: Logger { owner.state.withLock { $0.jobAtWork }?.context.logger ?? owner.house.logger }

    // MARK: What it says

    /// Also after its end, which may be heard of first.
    private mutating func hear() {
        while owner.state.withLock({ $0.life?.isHeard == true }) {
            switch connection.receive() {
            case .some: understand()
            case .nothing: return
            case .closed(let isUnread):
                owner.state.withLock { $0.closed(isUnread: isUnread, now: ProgramClock.now()) }
            }
        }
    }

    private mutating func understand() {
        do throws(ProgramFault) {
            while let line = try connection.lines.next() { try take(try ProgramMessage(line)) }
        } catch {
            owner.state.withLock { $0.dismiss(error, now: ProgramClock.now()) }
        }
    }

    private mutating func take(_ message: ProgramMessage) throws(ProgramFault) {
        if case .outcome = message { restErrors() }
        let job = try owner.state.withLock { state throws(ProgramFault) in
            try state.hear(message, now: ProgramClock.now())
        }
        switch message {
        case .hello(let hello): greet(hello)
        case .outcome(_, let outcome): job?.end(outcome)
        case .progress(_, let progress, let checkpoint):
            if let progress { job?.context.report(progress: progress) }
            if let checkpoint { job?.context.save(checkpoint: checkpoint) }
        case .enqueue(_, let new): try enqueue(new, job)
        case .log(let level, let text, let fields):
            let logger = job?.context.logger ?? owner.house.logger
            logger.log(level: level, "\(text)", metadata: fields.mapValues { .string($0) })
        case .heartbeat: break
        case .unknown(let type):
            owner.house.logger.warning(
                "a worker program sent a message that this release does not know",
                metadata: ["program": "\(owner.command)", "type": "\(type)"])
        }
    }

    private func greet(_ hello: ProgramHello) {
        owner.house.logger.debug(
            "a worker program is ready",
            metadata: ["program": "\(owner.command)", "release": "\(hello.release ?? "unversioned")"])
        if owner.state.withLock({ $0.learn(.success(hello)) }) { owner.started.ring() }
    }

    private func enqueue(_ new: NewJob, _ job: ProgramJob?) throws(ProgramFault) {
        do { try job?.context.enqueue(new) } catch { throw ProgramFault("its follow-up was refused: \(error)") }
    }

    /// What it wrote to standard error so far was about the job that ends here.
    private mutating func restErrors() {
        connection.errors.logLines(logger, at: .info)
        connection.errors.forget()
    }

    // MARK: Its end

    /// What it said before it ended counts; then its job ends with it.
    private mutating func conclude() -> (ProgramEnd, jobsDone: Int) {
        connection.errors.logLines(logger, at: .info)
        var end = end ?? ProgramEnd()
        end.errors = connection.errors.text
        let (job, jobsDone) = owner.state.withLock { $0.end(&end) }
        connection.finish()
        owner.end(job, with: end)
        return (end, jobsDone)
    }
}
