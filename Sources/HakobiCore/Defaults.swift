/// Every default in one table; docs/reference and `hakobi check` print it from here.
public enum Defaults {
    /// Where a job goes within its queue when nobody says otherwise (0 to 9, larger first).
    public static let priority = 5
    /// Failures at which a job is dead.
    public static let maxFailures = 10
    /// Crashes at which a job is dead.
    public static let crashBudget = 2
    /// How long a claim holds without renewal. Law 3's third net: long enough for a paused host, short enough to wait for.
    public static let lease = Duration.seconds(60)
    /// Leases are renewed at a third of their length, so that two renewals may fail in a row.
    public static let renewInterval = Duration.seconds(20)
    /// How long a drain waits for running jobs.
    public static let grace = Duration.seconds(25)
    /// A job's process is ended after this, unless its handler says otherwise.
    public static let hardLimit = Duration.seconds(3600)
    /// Work taken ahead of free slots, as time: about this much of measured job time, and none when a job takes longer.
    public static let prefetchTime = Duration.milliseconds(100)
    /// Jobs taken ahead of free slots, at most.
    public static let prefetchJobs = 1000
    /// Idle workers look at least this often; wake hints make it sooner.
    public static let pollInterval = Duration.seconds(1)
    /// A backlog that grows for so long is warned of: longer than a usual peak, shorter than a night.
    public static let backlogAlarm = Duration.seconds(600)
    /// The largest payload a store accepts, in bytes.
    public static let maxPayloadBytes = 1_048_576
    /// What is kept of finished jobs.
    public static let retention = Retention()
}

/// What is kept of finished jobs, and for how long.
public struct Retention: Sendable, Hashable {
    /// Completed and cancelled jobs go after this.
    public var completedAge: Duration
    /// … or when more than this many completed ones are kept, oldest first.
    public var completedRows: Int
    /// Dead jobs go after this.
    public var deadAge: Duration

    /// 24 h, 1,000,000 rows and 7 days, unless told otherwise.
    public init(
        completedAge: Duration = .seconds(86_400), completedRows: Int = 1_000_000, deadAge: Duration = .seconds(604_800)
    ) {
        self.completedAge = completedAge
        self.completedRows = completedRows
        self.deadAge = deadAge
    }
}
