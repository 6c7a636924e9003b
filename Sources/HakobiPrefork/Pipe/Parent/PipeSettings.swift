import HakobiCore

/// How jobs are carried to worker processes.
package struct PipeSettings: Sendable, Hashable {
    /// The host's name in history.
    package var host: String
    /// Jobs run at once in each process; 1 or more.
    package var concurrency: Int
    /// The hard limit of kinds and jobs that state none.
    package var hardLimit = Defaults.hardLimit
    /// Crashes at which a job is dead.
    package var crashBudget = Defaults.crashBudget
    /// Suspects that may have a process to themselves at once.
    package var lonelySlots = 1
    /// Given to each child as it starts: the application's own settings, in its own form.
    package var handlerSettings: [UInt8] = []
    /// At a hard limit SIGABRT comes first, so that a backtrace can be had.
    package var abortsAtHardLimit = false
    /// Where each process's page of running jobs is kept as a file, so that it outlives parent and children that die
    /// together; `nil` when the pages have no names.
    package var pageDirectory: String?

    /// Work given to a process ahead of its free slots, as measured job time: just enough that tiny jobs do not wait for
    /// the pipe. The worker's own prefetch waits in the parent, where it can be given to anyone.
    package var readAheadTime = Duration.milliseconds(5)
    /// … at most so many jobs for each slot, …
    package var readAheadJobs = 256
    /// … of jobs that come with their locks, each of them an open file, so many in all, …
    package var readAheadLocks = 64
    /// … and no more than so many bytes.
    package var readAheadBytes = 256 << 10
    /// Jobs that were given ahead and have waited this long behind slow ones are taken back.
    package var slowAfter = Duration.milliseconds(50)
    /// A process that is asked for jobs back and does not answer for this long is stuck as a whole: it is ended.
    package var answerLimit = Duration.seconds(60)
    /// How long the end of the runner waits for its children.
    package var closingLimit = Duration.seconds(5)

    /// Settings with the defaults of the house.
    package init(host: String, concurrency: Int) {
        self.host = host
        self.concurrency = max(1, concurrency)
    }
}
