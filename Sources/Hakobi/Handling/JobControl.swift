package import HakobiCore

/// Thrown by a handler: run this job again later, by its own wish. Counts nothing.
public struct Snooze: Error, Sendable {
    /// How long to wait, from the moment of settling.
    public let delay: Duration
    /// Why, for the history.
    public let reason: String?

    /// Later, after `delay`.
    public init(_ delay: Duration, reason: String? = nil) {
        self.delay = delay
        self.reason = reason
    }
}

/// Thrown by a handler: this job is not needed any more. Terminal, counts nothing.
public struct CancelJob: Error, Sendable {
    /// Why, for the history.
    public let reason: String?

    /// Withdrawn.
    public init(_ reason: String? = nil) { self.reason = reason }
}

/// Thrown by a handler: no retry can help. One failure, and the job is dead at once.
public struct GiveUp: Error, Sendable, CustomStringConvertible {
    /// Why, for the history.
    public let description: String

    /// Dead, with a reason.
    public init(_ reason: String) { description = reason }
}

/// Thrown by a handler that had the job done by a process of its own, which died while it ran the job and nothing else.
package struct ProcessDied: Error, Sendable {
    package let cause: CauseOfDeath
    /// For the history.
    package let error: String
    /// Crashes at which a job is dead.
    package let budget: Int

    package init(cause: CauseOfDeath, error: String, budget: Int) {
        self.cause = cause
        self.error = error
        self.budget = budget
    }
}

/// Thrown by a handler: a failure with a delay of its own choosing, in place of the retry policy's.
///
/// Counts as a failure: at `maxFailures` the job is dead all the same.
public struct RetryLater: Error, Sendable, CustomStringConvertible {
    /// How long to wait.
    public let delay: Duration
    /// What went wrong, for the history.
    public let description: String

    /// A failure that comes back after `delay`.
    public init(_ delay: Duration, error: String) {
        self.delay = delay
        description = error
    }
}
