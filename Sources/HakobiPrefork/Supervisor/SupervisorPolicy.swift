/// When processes come and go. All durations are monotonic time.
package struct SupervisorPolicy: Sendable, Hashable {
    /// Processes to keep; with `spare`, the most there may be.
    package var processes: Int
    /// Keeps between so many and so many idle processes, instead of a fixed number.
    package var spare: ClosedRange<Int>?
    /// A process leaves after this many jobs: its replacement is started at a random point in the last quarter, and
    /// it is never given more than this.
    package var maxJobs: Int?
    /// A process leaves after the job that made it larger than this (resident bytes).
    package var maxMemory: Int64?
    /// A process leaves after this, less a random part of up to a quarter.
    package var maxAge: Duration?
    /// Replacements under way at once, when processes are recycled.
    package var recycledAtOnce = 2
    /// A process that has not said hello after this is killed.
    package var readyLimit = Duration.seconds(30)
    /// How long a drain waits before it kills what is left.
    package var grace: Duration
    /// A process whose pipe was closed, and that is still there after this, is killed.
    package var exitLimit = Duration.seconds(10)
    /// Between SIGABRT, when asked for, and SIGKILL: time for a backtrace.
    package var abortLimit = Duration.seconds(5)
    /// A new parent (USR2) that is not ready after this is stopped, and the old one goes on.
    package var upgradeLimit = Duration.seconds(60)
    /// Delay before a respawn: nothing after planned exits, this after an abnormal one, doubled each time.
    package var respawnDelay = Duration.milliseconds(10)
    /// … up to this.
    package var respawnDelayLimit = Duration.seconds(30)
    /// When no process has died abnormally for this long, the delay starts anew.
    package var calmAfter = Duration.seconds(10)
    /// So many abnormal exits in a row without a job served in between raise the alarm line.
    package var alarmAfter = 5

    /// Keep `processes` processes and recycle none, unless told otherwise.
    package init(
        processes: Int, spare: ClosedRange<Int>? = nil, maxJobs: Int? = nil, maxMemory: Int64? = nil,
        maxAge: Duration? = nil, grace: Duration = .seconds(25)
    ) {
        self.processes = processes
        self.spare = spare
        self.maxJobs = maxJobs
        self.maxMemory = maxMemory
        self.maxAge = maxAge
        self.grace = grace
    }
}

/// What a reload may change: read at the start, and again at each HUP.
package struct SupervisorSettings: Sendable, Hashable {
    /// What to run.
    package var command: ProcessCommand
    /// How many, and for how long.
    package var policy: SupervisorPolicy

    /// A program and how to keep it.
    package init(command: ProcessCommand, policy: SupervisorPolicy) {
        self.command = command
        self.policy = policy
    }
}
