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

/// One life of a worker program as the protocol sees it: what it may say now, and what it owes until when. Pure.
struct ProgramState: Sendable {
    enum Phase: Sendable, Hashable {
        /// Its hello is awaited.
        case starting
        case idle
        case busy(JobID)
        /// It is to go, and is given nothing any more.
        case leaving
    }

    private(set) var phase = Phase.starting
    private(set) var hello: ProgramHello?
    private(set) var jobsDone = 0
    private(set) var isCancelled = false
    private let limits: ProgramLimits
    /// What it said in its first life: this process has told others of them.
    private let promised: [Kind]
    private let startedAt: Duration
    private var lastWord: Duration
    private var cancelledAt: Duration?

    init(limits: ProgramLimits, promised: [Kind], now: Duration) {
        self.limits = limits
        self.promised = promised
        startedAt = now
        lastWord = now
    }

    /// It is given a job; `false` when it cannot have one.
    mutating func begin(_ job: JobID, now: Duration) -> Bool {
        guard phase == .idle else { return false }
        phase = .busy(job)
        lastWord = now
        return true
    }

    /// Its job is to stop; `false` when it has been told, or has another by now.
    mutating func cancel(_ job: JobID, now: Duration) -> Bool {
        guard phase == .busy(job), !isCancelled else { return false }
        isCancelled = true
        cancelledAt = now
        return true
    }

    /// It is to go.
    mutating func leave() { phase = .leaving }

    /// It said something.
    mutating func hear(_ message: ProgramMessage, now: Duration) throws(ProgramFault) {
        lastWord = now
        switch message {
        case .hello(let hello): try greet(hello)
        case .outcome(let job, _):
            try mustHave(job, to: "an outcome")
            phase = .idle
            jobsDone += 1
            isCancelled = false
            cancelledAt = nil
        case .progress(let job, _, _): try mustHave(job, to: "progress")
        case .enqueue(let job, _): try mustHave(job, to: "a follow-up")
        case .log, .heartbeat, .unknown: break
        }
    }

    private mutating func greet(_ hello: ProgramHello) throws(ProgramFault) {
        guard phase == .starting else { throw ProgramFault("it said hello twice") }
        let kinds = hello.offers.map(\.kind)
        if let missing = promised.first(where: { !kinds.contains($0) }) {
            throw ProgramFault("it said before that it handles \"\(missing)\", and now does not")
        }
        self.hello = hello
        phase = .idle
    }

    private func mustHave(_ job: JobID, to say: String) throws(ProgramFault) {
        if phase == .starting { throw ProgramFault("it sent \(say) before its hello") }
        guard phase == .busy(job) else { throw ProgramFault("it sent \(say) of job \(job), which it does not have") }
    }

    /// When `fault(at:)` has something to say if nothing is heard until then.
    var deadline: Duration? {
        switch phase {
        case .starting: startedAt + limits.start
        case .idle, .leaving: nil
        case .busy:
            [cancelledAt.map { $0 + limits.cancel }, hello?.heartbeat.map { lastWord + $0 }].compactMap { $0 }.min()
        }
    }

    /// What it owes and has not done.
    func fault(at now: Duration) -> ProgramFault? {
        guard let deadline, now >= deadline else { return nil }
        if phase == .starting { return ProgramFault("it did not say hello for \(limits.start)") }
        if let cancelledAt, now >= cancelledAt + limits.cancel {
            return ProgramFault("it was told to stop the job, and did not answer for \(limits.cancel)")
        }
        return ProgramFault("it promised a word each \(hello?.heartbeat ?? .zero), and was silent for longer")
    }
}

/// How long to wait before a program is started again. Pure.
struct RestartPace: Sendable {
    static let first = Duration.milliseconds(100)
    static let longest = Duration.seconds(30)

    private(set) var delay = Duration.zero

    /// At once after a life that was of use; else twice as long as the last time.
    mutating func ended(jobsDone: Int, isNormal: Bool) {
        if jobsDone > 0 { delay = .zero }
        guard jobsDone == 0 || !isNormal else { return }
        delay = delay == .zero ? Self.first : min(Self.longest, delay * 2)
    }
}
