public import HakobiCore

/// How a worker claims, keeps and gives back; every default is in `Defaults`.
public struct WorkerSettings: Sendable, Hashable {
    /// One queue and how often it is served, relative to the others.
    public struct WeightedQueue: Sendable, Hashable {
        /// The queue.
        public var queue: QueueName
        /// 1 or more: of two queues with weights 3 and 1, three slots in four go to the first while both have work.
        public var weight: Int

        /// A queue with its weight.
        public init(_ queue: QueueName, weight: Int = 1) {
            self.queue = queue
            self.weight = weight
        }
    }

    /// The queues to serve; empty means all.
    public var queues: [WeightedQueue] = []
    /// Jobs run at once in this process (in a preforked service: in each worker process); 1 or more.
    public var concurrency = 1
    /// How long a claim holds without renewal; at least 1 s.
    public var lease = Defaults.lease
    /// Kinds whose jobs are held for another time, as `lease` otherwise; at least 1 s. Theirs begins with a renewal right
    /// after the claim.
    public var kindLeases: [Kind: Duration] = [:]
    /// How long a drain waits for running jobs.
    public var grace = Defaults.grace
    /// An idle worker looks at least this often; 10 ms or more.
    public var pollInterval = Defaults.pollInterval
    /// Work taken ahead of free slots, as measured job time; zero takes nothing ahead.
    public var prefetchTime = Defaults.prefetchTime
    /// Jobs taken ahead of free slots, at most.
    public var prefetchJobs = Defaults.prefetchJobs
    /// Crashes at which a job is dead; 1 or more.
    public var crashBudget = Defaults.crashBudget
    /// The hard time limit of handlers that state none; only worker processes are ended by it.
    public var hardLimit = Defaults.hardLimit
    /// What is kept of finished jobs.
    public var retention = Defaults.retention
    /// The host's name in leases and history; `nil` asks the kernel.
    public var node: String?
    /// The program's release in history and `ps`.
    public var release = "unversioned"
    /// Where the lock and the page of running jobs of each incarnation live; `nil` picks the service manager's runtime
    /// directory, else one in shared memory that only this user can read.
    public var runtimeDirectory: String?
    /// A queue whose backlog grows for so long is warned of; zero for none, else at least 2 minutes.
    public var backlogAlarm = Defaults.backlogAlarm
    /// Where temporary directories of jobs are made, in a part that only this user can enter; absolute.
    public var temporaryRoot = "/tmp"
    /// End when nothing is due or running.
    public var once = false

    /// The defaults of the house.
    public init() {}

    /// How long a job of this kind is held without renewal.
    func lease(of kind: Kind) -> Duration { kindLeases[kind] ?? lease }
    /// The shortest of all leases, by which the keeper's rounds go.
    var shortestLease: Duration { kindLeases.values.reduce(lease, min) }

    /// All that is wrong with these settings, one sentence each; empty when they will do.
    public func validate() -> [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ sentence: String) { if !holds { problems.append(sentence) } }
        require(concurrency >= 1, "concurrency is \(concurrency): it must be 1 or more")
        require(lease >= .seconds(1), "lease is \(lease): it must be 1s or more")
        for (kind, lease) in kindLeases.sorted(by: { $0.key.description < $1.key.description }) {
            require(lease >= .seconds(1), "the lease of kind \"\(kind)\" is \(lease): it must be 1s or more")
        }
        require(grace >= .zero, "grace is \(grace): it must not be negative")
        require(pollInterval >= .milliseconds(10), "poll interval is \(pollInterval): it must be 10ms or more")
        require(prefetchTime >= .zero, "prefetch time is \(prefetchTime): it must not be negative")
        require(prefetchJobs >= 0, "prefetch jobs is \(prefetchJobs): it must not be negative")
        require(crashBudget >= 1, "crash budget is \(crashBudget): it must be 1 or more")
        require(hardLimit > .zero, "hard limit is \(hardLimit): it must be positive")
        require(
            backlogAlarm == .zero || backlogAlarm >= .seconds(120),
            "backlog alarm is \(backlogAlarm): it must be 2m or more, or 0s for none")
        require(temporaryRoot.hasPrefix("/"), "temporary root is \"\(temporaryRoot)\": it must be an absolute path")
        for queue in queues where queue.weight < 1 {
            problems.append("queue \"\(queue.queue)\" has weight \(queue.weight): it must be 1 or more")
        }
        for (name, times) in Dictionary(queues.map { ($0.queue, 1) }, uniquingKeysWith: +).sorted(by: {
            $0.key < $1.key
        })
        where times > 1 {
            problems.append("queue \"\(name)\" is named \(times) times: name each queue once")
        }
        return problems
    }
}
