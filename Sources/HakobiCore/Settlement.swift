/// What ended a process, as the parent that waited for it saw it.
public struct CauseOfDeath: Sendable, Hashable {
    /// The signal's number, when one ended it.
    public var signal: Int32?
    /// The exit code, when it exited by itself.
    public var exitCode: Int32?
    /// Peak resident memory in bytes, where the kernel told.
    public var peakMemory: Int64?

    /// How a process ended.
    public init(signal: Int32? = nil, exitCode: Int32? = nil, peakMemory: Int64? = nil) {
        self.signal = signal
        self.exitCode = exitCode
        self.peakMemory = peakMemory
    }
}

/// Who ran an attempt, where, and for how long: one line of a job's history.
public struct AttemptReport: Sendable, Hashable {
    /// The host.
    public var host: String
    /// The process that ran (or was to run) the handler.
    public var pid: Int32
    /// Which spawn of the service's processes it belonged to; 0 when there is no supervisor.
    public var generation: Int
    /// The program's release, as its owner names it.
    public var release: String
    /// From the handler's start to its end; zero when it never started.
    public var ran: Duration

    /// One attempt's circumstances.
    public init(host: String, pid: Int32, generation: Int, release: String, ran: Duration) {
        self.host = host
        self.pid = pid
        self.generation = generation
        self.release = release
        self.ran = ran
    }
}

/// What happens after a failure.
@nonexhaustive
public enum Retry: Sendable, Hashable {
    /// Due again after this delay by the store's clock.
    case after(Duration)
    /// Never: the job is dead.
    case never
}

/// How an attempt ended: a closed set, one clause each in every store.
@nonexhaustive
public enum Outcome: Sendable, Hashable {
    /// Done; the result, if any, is kept with the job.
    case completed(result: Payload?)
    /// It failed. Raises `failures` by one; the text is kept whole in the history.
    case failed(error: String, Retry)
    /// Later, by the job's own wish. Counts nothing.
    case snoozed(Duration, reason: String?)
    /// Withdrawn. Terminal, counts nothing.
    case cancelled(reason: String?)
    /// Given back by a drain in mid-run; due at once. Counts nothing, but the history shows it.
    case interrupted(reason: String?)
    /// Claimed, never started (prefetched, then drained or paused); due at once, without a trace in the history.
    case returned
    /// Its process died and it was alone in it. Raises `crashes` by one (by two for a suspect, whose first crash is thereby
    /// proven its own); dead at `budget`, else due at once.
    case crashed(CauseOfDeath, error: String, budget: Int)
    /// Its process died and it was one of several: due at once and marked suspect; counts nothing, but the history shows it.
    case suspected(CauseOfDeath, error: String)
    /// The handler completed the job in a transaction of its own, so the lease is gone: the answer is `.lost`. A lease that
    /// still holds shows that the transaction was never committed: a failure, with this retry.
    case settledByHandler(otherwise: Retry)

    /// What is written for `.settledByHandler` when the lease still holds.
    public static let uncommitted =
        "the handler completed the job in a transaction that was not committed: commit before the handler returns"

    /// The word that history and output show.
    public var name: String {
        switch self {
        case .completed: "completed"
        case .failed: "failed"
        case .snoozed: "snoozed"
        case .cancelled: "cancelled"
        case .interrupted: "interrupted"
        case .returned: "returned"
        case .crashed: "crashed"
        case .suspected: "suspected"
        case .settledByHandler: "failed"
        }
    }
}

/// One attempt's end, handed in under its lease.
public struct Settlement: Sendable, Hashable {
    /// What is held; compared by the store.
    public var lease: Lease
    /// How it ended.
    public var outcome: Outcome
    /// The line of history to keep.
    public var report: AttemptReport
    /// Jobs inserted in the same transaction, if and only if the lease still holds.
    public var followUps: [NewJob]
    /// Replaces the stored checkpoint, when given.
    public var checkpoint: [UInt8]?

    /// An end for a lease.
    public init(
        _ lease: Lease, _ outcome: Outcome, report: AttemptReport, followUps: [NewJob] = [], checkpoint: [UInt8]? = nil
    ) {
        self.lease = lease
        self.outcome = outcome
        self.report = report
        self.followUps = followUps
        self.checkpoint = checkpoint
    }
}

/// The store's answer to one settlement.
@nonexhaustive
public enum Receipt: Sendable, Hashable {
    /// Written; what became of each follow-up, in order.
    case settled(followUps: [Insertion])
    /// The lease was no longer held; nothing was written.
    case lost
}

/// Leases to be revoked because their holders are dead, or know nothing of them.
public struct Rescue: Sendable, Hashable {
    /// Which leases.
    @nonexhaustive
    public enum Scope: Sendable, Hashable {
        /// Those whose time is over, whoever held them.
        case expired
        /// All of one dead incarnation. `running` lists what its processes had started when they died: others go back
        /// silently. `nil` when nobody knows: then every one is taken for started.
        case owner(Owner, running: [JobID]?)
        /// All of one living incarnation but those it holds: a claim took them, and its answer was lost. They go back
        /// silently. Only the holder itself may ask for this, and while none of its claims is under way.
        case unanswered(Owner, held: Set<JobID>)
    }

    /// Which leases.
    public var scope: Scope
    /// At most this many in one call.
    public var limit: Int
    /// Crashes at which a job is dead.
    public var crashBudget: Int

    /// A rescue; repeat while as many come back as the limit allows.
    public init(_ scope: Scope, limit: Int = 500, crashBudget: Int = Defaults.crashBudget) {
        self.scope = scope
        self.limit = limit
        self.crashBudget = crashBudget
    }
}

/// One lease that was revoked.
public struct RescuedJob: Sendable, Hashable {
    /// What the store decided. A started job that already was a suspect, or is known to be the only one its dead owner had
    /// started, is charged; any other that may have started becomes a suspect.
    @nonexhaustive
    public enum Verdict: Sendable, Hashable {
        /// Never started: back, uncharged, no trace.
        case returned
        /// Started beside others (or nobody knows): back, uncharged, to run alone.
        case suspected
        /// Started alone: charged, back.
        case crashed
        /// Charged, and the budget is spent.
        case dead
    }

    /// The revoked lease.
    public var lease: Lease
    /// The job's kind.
    public var kind: Kind
    /// What was decided.
    public var verdict: Verdict

    /// Made by stores.
    public init(lease: Lease, kind: Kind, verdict: Verdict) {
        self.lease = lease
        self.kind = kind
        self.verdict = verdict
    }
}
