/// What an outcome, or a person, makes of a job: the whole rule as a value, the same for every database.
///
/// `MemoryStore` says it in its own words, being what the others are compared with.
package struct Ending: Sendable, Hashable {
    /// Where it goes.
    package private(set) var state: JobState
    /// When it is due next; unchanged when it has ended.
    package private(set) var due: Int64
    /// Failures it counts then.
    package private(set) var failures: Int
    /// Crashes it counts then.
    package private(set) var crashes: Int
    /// It must run alone next.
    package private(set) var isSuspect: Bool

    private let isCancelRequested: Bool

    /// A job as it stands.
    package init(
        state: JobState, due: Int64, failures: Int, crashes: Int, isSuspect: Bool, isCancelRequested: Bool
    ) {
        self.state = state
        self.due = due
        self.failures = failures
        self.crashes = crashes
        self.isSuspect = isSuspect
        self.isCancelRequested = isCancelRequested
    }

    /// One clause an outcome.
    package mutating func apply(_ outcome: Outcome, at now: Timestamp) {
        clearSuspicion(after: outcome)
        switch outcome {
        case .completed: state = .completed
        case .failed(_, .after(let delay)), .settledByHandler(otherwise: .after(let delay)):
            failures += 1
            giveBack(due: (now + max(delay, .zero)).microseconds)
        case .failed(_, .never), .settledByHandler(otherwise: .never):
            failures += 1
            state = .dead
        case .snoozed(let delay, _): giveBack(due: (now + max(delay, .zero)).microseconds)
        case .cancelled: state = .cancelled
        case .interrupted, .returned: giveBack(at: now)
        case .crashed(_, _, let budget): charge(budget: budget, at: now)
        case .suspected: suspect(at: now)
        }
    }

    /// Back, to run alone next.
    package mutating func suspect(at now: Timestamp) {
        isSuspect = true
        giveBack(at: now)
    }

    /// Charges a crash. A suspect's first crash is thereby proven its own, so both are charged.
    package mutating func charge(budget: Int, at now: Timestamp) {
        crashes += isSuspect ? 2 : 1
        if crashes < budget { giveBack(at: now) } else { state = .dead }
    }

    /// Back, due at once, in its old place: who was not at fault does not queue again.
    package mutating func giveBack(at now: Timestamp) { giveBack(due: min(due, now.microseconds)) }

    /// Withdrawn while it waits.
    package mutating func withdraw() { state = .cancelled }

    /// A person's second chance for what has ended.
    package mutating func revive(at now: Timestamp) {
        (failures, crashes) = (0, 0)
        state = .available
        due = now.microseconds
    }

    /// Back to the waiting ones, or cancelled if somebody asked for that meanwhile.
    private mutating func giveBack(due moment: Int64) {
        guard !isCancelRequested else { return state = .cancelled }
        state = .available
        due = moment
    }

    /// Whoever ran without a crash is cleared; whoever never started has proven nothing.
    private mutating func clearSuspicion(after outcome: Outcome) {
        switch outcome {
        case .crashed, .suspected, .returned: break
        case .completed, .failed, .snoozed, .cancelled, .interrupted, .settledByHandler: isSuspect = false
        }
    }
}

extension Outcome {
    /// The error or reason that the history keeps.
    package var text: String? {
        switch self {
        case .completed, .returned: nil
        case .settledByHandler: Self.uncommitted
        case .failed(let error, _), .crashed(_, let error, _), .suspected(_, let error): error
        case .snoozed(_, let reason), .cancelled(let reason), .interrupted(let reason): reason
        }
    }

    /// How the process ended, when one did.
    package var cause: CauseOfDeath? {
        switch self {
        case .crashed(let cause, _, _), .suspected(let cause, _): cause
        case .completed, .failed, .snoozed, .cancelled, .interrupted, .returned, .settledByHandler: nil
        }
    }
}
