import Hakobi

/// How long a worker program may take for what it owes.
struct ProgramLimits: Sendable {
    /// From its start to its hello; less than the supervisor grants the worker process, so that the reason is told.
    var start = Duration.seconds(25)
    /// From a cancel to the job's outcome.
    var cancel = Duration.seconds(5)
    /// From SIGTERM to SIGKILL, and from the end of its input to SIGTERM.
    var leave = Duration.milliseconds(1500)
}

/// One life of a worker program: what it may say now, what it owes until when, and how it is made to go. Pure.
///
/// ```
/// started ──hello──▶ idle ◀──begin / outcome──▶ at work        in each: overdue, a fault, closed ──▶ leaving
/// leaving ──its input ends, or has──▶ SIGTERM ──▶ SIGKILL       as far as it does not go by itself
/// ```
struct ProgramState: Sendable {
    /// What is to be done to the program.
    enum Action: Sendable, Hashable {
        case tellOfDrain
        case closeInput
        case terminate
        case kill
    }

    /// The job in its hands.
    struct Work: Sendable, Hashable {
        let job: JobID
        /// When it last said anything.
        fileprivate var heardAt: Duration
        fileprivate(set) var cancelledAt: Duration?
        fileprivate(set) var isToldOfDrain = false

        init(_ job: JobID, now: Duration) {
            self.job = job
            heardAt = now
        }
    }

    /// What comes next for one that is to go and does not.
    private enum Leaving: Sendable {
        case terminate(at: Duration)
        case kill(at: Duration)
        case killed
    }

    private(set) var hello: ProgramHello?
    private(set) var work: Work?
    private(set) var jobsDone = 0
    /// What it did that it must not: no word of it counts after that.
    private(set) var fault: ProgramFault?
    /// It closed its end, and had not read all that it was sent.
    private(set) var isUnread = false
    /// It may say something yet that counts.
    private(set) var isHeard = true
    private var leaving: Leaving?
    private let limits: ProgramLimits
    /// What it said in its first life: this process has told others of them.
    private let promised: [Kind]
    private let startedAt: Duration

    init(limits: ProgramLimits, promised: [Kind], now: Duration) {
        self.limits = limits
        self.promised = promised
        startedAt = now
    }

    var isIdle: Bool { hello != nil && work == nil && leaving == nil }

    /// It holds nothing that may run elsewhere when this process has died, and may leave by itself then.
    var isAtRest: Bool { work == nil && fault == nil }

    // MARK: What it is told

    /// It is given a job; `false` when it cannot have one.
    mutating func begin(_ job: JobID, now: Duration) -> Bool {
        guard isIdle else { return false }
        work = Work(job, now: now)
        return true
    }

    /// Its job is to stop; `false` when it has been told, has another by now, or is leaving.
    mutating func cancel(_ job: JobID, now: Duration) -> Bool {
        guard let work, work.job == job, work.cancelledAt == nil, leaving == nil else { return false }
        self.work?.cancelledAt = now
        return true
    }

    // MARK: What it does

    mutating func hear(_ message: ProgramMessage, now: Duration) throws(ProgramFault) {
        work?.heardAt = now
        switch message {
        case .hello(let hello): try greet(hello)
        case .outcome(let job, _):
            try mustHave(job, to: "an outcome")
            work = nil
            jobsDone += 1
        case .progress(let job, _, _): try mustHave(job, to: "progress")
        case .enqueue(let job, _): try mustHave(job, to: "a follow-up")
        case .log, .heartbeat, .unknown: break
        }
    }

    private mutating func greet(_ hello: ProgramHello) throws(ProgramFault) {
        guard self.hello == nil else { throw ProgramFault("it said hello twice") }
        let kinds = hello.offers.map(\.kind)
        if let missing = promised.first(where: { !kinds.contains($0) }) {
            throw ProgramFault("it said before that it handles \"\(missing)\", and now does not")
        }
        self.hello = hello
    }

    private func mustHave(_ job: JobID, to say: String) throws(ProgramFault) {
        if hello == nil { throw ProgramFault("it sent \(say) before its hello") }
        guard work?.job == job else { throw ProgramFault("it sent \(say) of job \(job), which it does not have") }
    }

    /// It did what it must not: it goes at once.
    mutating func dismiss(_ why: ProgramFault, now: Duration) {
        fault = why
        isHeard = false
        switch leaving {
        case nil, .terminate: leaving = .terminate(at: now)
        case .kill, .killed: break
        }
    }

    /// It closed its end of the socket, and ends now, as a rule. If it lives on, it cannot be spoken with.
    mutating func closed(isUnread: Bool, now: Duration) {
        self.isUnread = isUnread
        isHeard = false
        if leaving == nil { leaving = .terminate(at: now + limits.leave) }
    }

    // MARK: What time brings

    /// What is to be done now. `isDraining`: the service; `isClosed`: the program is not needed any more.
    mutating func step(now: Duration, isDraining: Bool, isClosed: Bool) -> [Action] {
        var actions: [Action] = []
        if let overdue = overdue(now) { dismiss(overdue, now: now) }
        if isClosed, leaving == nil {
            leaving = .terminate(at: now + limits.leave)
            actions.append(.closeInput)
        }
        if isDraining, leaving == nil, work?.isToldOfDrain == false {
            work?.isToldOfDrain = true
            actions.append(.tellOfDrain)
        }
        switch leaving {
        case .terminate(let due) where now >= due:
            leaving = .kill(at: now + limits.leave)
            actions.append(.terminate)
        case .kill(let due) where now >= due:
            leaving = .killed
            actions.append(.kill)
        default: break
        }
        return actions
    }

    /// When `step` has something to do if nothing happens until then.
    var deadline: Duration? {
        switch leaving {
        case .terminate(let due), .kill(let due): due
        case .killed: nil
        case nil: [helloDue, answerDue, wordDue].compactMap { $0 }.min()
        }
    }

    private var helloDue: Duration? { hello == nil ? startedAt + limits.start : nil }
    private var answerDue: Duration? { work?.cancelledAt.map { $0 + limits.cancel } }
    private var wordDue: Duration? {
        guard let work, let heartbeat = hello?.heartbeat else { return nil }
        return work.heardAt + heartbeat
    }

    /// What it owes and has not done.
    private func overdue(_ now: Duration) -> ProgramFault? {
        guard leaving == nil else { return nil }
        if let helloDue, now >= helloDue { return ProgramFault("it did not say hello for \(limits.start)") }
        if let answerDue, now >= answerDue {
            return ProgramFault("it was told to stop the job, and did not answer for \(limits.cancel)")
        }
        guard let wordDue, now >= wordDue else { return nil }
        return ProgramFault("it promised a word each \(hello?.heartbeat ?? .zero), and was silent for longer")
    }
}
