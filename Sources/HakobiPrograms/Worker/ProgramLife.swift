import Glibc
import Hakobi
import HakobiCore
import Logging
import Synchronization

/// One life of a worker program, from its start to its end. Used by the thread that keeps it.
struct ProgramLife {
    /// A busy program is looked at so often for what nobody rings about: whether the service drains.
    private static let lookInterval = Duration.milliseconds(250)

    private let owner: WorkerProgram
    private var connection: ProgramConnection
    private var end: ProgramEnd?
    private var fault: ProgramFault?
    /// The program closed its end of the socket, and had not read all.
    private var isUnread = false
    private var isHeard = true
    private var leaving: Leaving?

    /// What comes next, and when, if a program that is to go does not.
    private enum Leaving {
        case terminate(at: Duration)
        case kill(at: Duration)
        case nothing

        var due: Duration? {
            switch self {
            case .terminate(let due), .kill(let due): due
            case .nothing: nil
            }
        }
    }

    init(_ owner: WorkerProgram, _ connection: ProgramConnection) {
        self.owner = owner
        self.connection = connection
    }

    /// Attends to it until it has ended. `greeted`: called after its hello.
    mutating func run(greeted: () -> Void) -> (ProgramEnd, jobsDone: Int) {
        open()
        while end == nil {
            look(at: ProgramClock.now())
            wait()
            if isHeard { hear(greeted) }
        }
        return conclude()
    }

    private func open() {
        owner.state.withLock { state in
            state.life = ProgramState(limits: owner.house.limits, promised: state.promised, now: ProgramClock.now())
            state.socket = connection.socket
            state.outgoing = []
            if let hello = try? ServiceMessage.hello.line() { owner.tell(hello, &state) }
        }
    }

    // MARK: What time and others bring

    private mutating func look(at now: Duration) {
        let (late, isClosed) = owner.state.withLock { state in
            tellOfDrain(&state)
            return (state.life?.fault(at: now), state.isClosed)
        }
        if let late { dismiss(late) }
        if isClosed, leaving == nil {
            connection.closeInput()
            leave(now)
        }
        guard let due = leaving?.due, now >= due else { return }
        if case .kill = leaving {
            connection.program.kill()
            leaving = .nothing
        } else {
            terminate(now)
        }
    }

    /// It goes by itself, or is made to.
    private mutating func leave(_ now: Duration) {
        owner.state.withLock { $0.life?.leave() }
        leaving = .terminate(at: now + owner.house.limits.leave)
    }

    private mutating func terminate(_ now: Duration) {
        connection.program.terminate()
        leaving = .kill(at: now + owner.house.limits.leave)
    }

    private func tellOfDrain(_ state: inout WorkerProgram.State) {
        guard let job = state.job, job.isSent, !job.isToldOfDrain, job.context.isDraining else { return }
        state.job?.isToldOfDrain = true
        if let line = try? ServiceMessage.drain.line() { owner.tell(line, &state) }
    }

    /// It did what it must not: no word of it counts any more.
    private mutating func dismiss(_ why: ProgramFault) {
        fault = why
        isHeard = false
        owner.rest.set(false)
        owner.state.withLock { $0.life?.leave() }
        terminate(ProgramClock.now())
    }

    private mutating func wait() {
        let now = ProgramClock.now()
        let (hasMore, deadline) = owner.state.withLock { state -> (Bool, Duration?) in
            let deadlines = [state.life?.deadline, leaving?.due, state.job.map { _ in now + Self.lookInterval }]
            let soonest = deadlines.compactMap { $0 }.min()
            // An idle program is looked at once more before its thread sleeps until it is rung: jobs that come one after
            // another ring no bell.
            state.isAsleep = soonest == nil && hasRested
            return (!state.outgoing.isEmpty, soonest ?? (hasRested ? nil : now + Self.lookInterval))
        }
        var watched = [
            pollfd(isHeard ? connection.socket : -1, hasMore ? POLLIN | POLLOUT : POLLIN),
            pollfd(connection.program.control), pollfd(connection.errors.descriptor), pollfd(owner.bell.number),
        ]
        let left = deadline.map { Int32(clamping: max(0, ($0 - now).wholeMicroseconds + 999) / 1000) }
        hasRested = poll(&watched, 4, left ?? -1) == 0
        if watched[0].revents & Int16(POLLOUT) != 0 { flush() }
        if watched[1].revents != 0 { readReport() }
        if watched[2].revents != 0 { connection.errors.logLines(logger, at: .info) }
        if watched[3].revents != 0 { owner.bell.silence() }
    }

    private var hasRested = false

    private func flush() {
        owner.state.withLock { state in
            let sent = ProgramConnection.send(state.outgoing[...], to: connection.socket)
            state.isDeaf = sent == nil
            state.outgoing.removeFirst(sent ?? state.outgoing.count)
        }
    }

    private mutating func readReport() {
        do throws(ProgramFailure) {
            guard let cause = try connection.program.report() else { return }
            end = ProgramEnd(cause: cause)
        } catch {
            end = ProgramEnd(fault: error.description)
        }
    }

    /// Lines carry the job's names while it has one.
    private var logger: Logger {
        owner.state.withLock { $0.job }?.context.logger ?? owner.house.logger
    }

    // MARK: What it says

    private mutating func hear(_ greeted: () -> Void) {
        while isHeard {
            switch connection.receive() {
            case .some: understand(greeted)
            case .nothing: return
            case .closed(let isUnread):
                self.isUnread = isUnread
                isHeard = false
                // It ends now, as a rule. If it lives on, it cannot be spoken with.
                if end == nil, leaving == nil { leave(ProgramClock.now()) }
            }
        }
    }

    private mutating func understand(_ greeted: () -> Void) {
        do throws(ProgramFault) {
            while let line = try connection.lines.next() { try take(try ProgramMessage(line), greeted) }
        } catch {
            dismiss(error)
        }
    }

    private mutating func take(_ message: ProgramMessage, _ greeted: () -> Void) throws(ProgramFault) {
        if case .outcome = message { restErrors() }
        let job = try heard(message)
        switch message {
        case .hello(let hello): greet(hello, greeted)
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

    /// The job that the message is about; taken out of the state when the message is its end.
    private func heard(_ message: ProgramMessage) throws(ProgramFault) -> ProgramJob? {
        let heard = owner.state.withLock { state -> Result<ProgramJob?, ProgramFault> in
            do throws(ProgramFault) { try state.life?.hear(message, now: ProgramClock.now()) } catch {
                return .failure(error)
            }
            guard case .outcome = message else { return .success(state.job.flatMap { $0.isSent ? $0 : nil }) }
            owner.rest.set(true)
            return .success(state.job.take())
        }
        return try heard.get()
    }

    private func greet(_ hello: ProgramHello, _ greeted: () -> Void) {
        let isFirst = owner.state.withLock { state in
            defer { owner.handOver(&state) }
            guard state.firstWord == nil else { return false }
            state.firstWord = .success(hello)
            state.promised = hello.offers.map(\.kind)
            return true
        }
        owner.house.logger.debug(
            "a worker program is ready",
            metadata: ["program": "\(owner.command)", "release": "\(hello.release ?? "unversioned")"])
        if isFirst { greeted() }
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
        end.fault = fault.map(\.description) ?? end.fault
        let (job, jobsDone) = owner.state.withLock { state in
            end.isUnread = isUnread || state.isDeaf
            defer {
                state.life = nil
                state.socket = -1
                state.outgoing = []
                state.isDeaf = false
            }
            // A job that it was never given waits for the next life, unless this one never got that far.
            let isMine = state.job?.isSent == true || state.life?.hello == nil || state.isClosed
            return (isMine ? state.job.take() : nil, state.life?.jobsDone ?? 0)
        }
        connection.finish()
        if let job { job.continuation.resume(throwing: end.verdict(on: job, crashBudget: owner.house.crashBudget)) }
        return (end, jobsDone)
    }
}
