/// One process of a worker, as `ps` shows it.
public struct ProcessReport: Sendable, Hashable, Codable {
    /// Its number at the kernel.
    public var pid: Int32
    /// `supervisor`, `worker` or `in-process`.
    public var role: String
    /// Which spawn it belongs to; 0 when there is no supervisor.
    public var generation: Int
    /// The program's release.
    public var release: String
    /// `starting`, `idle`, `busy`, `draining`.
    public var state: String
    /// The jobs it is running, as text ids, each with its kind and the microseconds it has been at it.
    public var jobs: [RunningJob]
    /// Jobs done since it started.
    public var jobsDone: Int
    /// Resident memory in bytes, with that of the programs of its handlers.
    public var residentBytes: Int64
    /// When it started, in microseconds since 1970.
    public var startedAt: Int64

    /// A job in one of its slots.
    public struct RunningJob: Sendable, Hashable, Codable {
        /// The job's id as text.
        public var id: String
        /// Its kind.
        public var kind: String
        /// Microseconds since it started.
        public var since: Int64
        /// A running job.
        public init(id: String, kind: String, since: Int64) {
            self.id = id
            self.kind = kind
            self.since = since
        }
    }

    /// A process and what it is doing.
    public init(
        pid: Int32, role: String, generation: Int, release: String, state: String, jobs: [RunningJob], jobsDone: Int,
        residentBytes: Int64, startedAt: Int64
    ) {
        self.pid = pid
        self.role = role
        self.generation = generation
        self.release = release
        self.state = state
        self.jobs = jobs
        self.jobsDone = jobsDone
        self.residentBytes = residentBytes
        self.startedAt = startedAt
    }
}

/// What a worker says of itself.
public struct WorkerReport: Sendable, Hashable {
    /// Which incarnation.
    public var owner: Owner
    /// The queues it reads; empty means all.
    public var queues: [QueueName]
    /// The kinds it has handlers for.
    public var kinds: [Kind]
    /// Jobs it can run at once.
    public var slots: Int
    /// Claims no more (quiet or draining).
    public var isQuiet: Bool
    /// Its processes, the supervisor first.
    public var processes: [ProcessReport]

    /// A worker and what it is doing.
    public init(
        owner: Owner, queues: [QueueName], kinds: [Kind], slots: Int, isQuiet: Bool, processes: [ProcessReport]
    ) {
        self.owner = owner
        self.queues = queues
        self.kinds = kinds
        self.slots = slots
        self.isQuiet = isQuiet
        self.processes = processes
    }
}

/// A worker as the store remembers it.
public struct RegisteredWorker: Sendable, Hashable {
    /// What it last said.
    public var report: WorkerReport
    /// How long ago, by the store's clock.
    public var silence: Duration

    /// Made by stores.
    public init(report: WorkerReport, silence: Duration) {
        self.report = report
        self.silence = silence
    }
}
