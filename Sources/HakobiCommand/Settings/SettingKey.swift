/// One setting's name, the same in three places: `max-jobs` in the file, `--max-jobs`, `HAKOBI_MAX_JOBS`.
struct SettingKey: Sendable, Hashable {
    /// How its value is written.
    enum Shape: Sendable, Hashable {
        /// One value.
        case single
        /// Several values: a repeated flag, a list or a mapping in the file, separated by `separator` in a variable.
        case list(separator: Character)
    }

    let name: String
    /// Other accepted spellings.
    let aliases: [String]
    let shape: Shape

    init(_ name: String, also aliases: [String] = [], shape: Shape = .single) {
        self.name = name
        self.aliases = aliases
        self.shape = shape
    }

    var spellings: [String] { [name] + aliases }

    /// `HAKOBI_MAX_JOBS` for `max-jobs`.
    static func variable(_ spelling: String) -> String {
        "HAKOBI_" + String(spelling.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}

extension SettingKey {
    static let store = SettingKey("store")
    static let maildirs = SettingKey("maildir", also: ["maildirs"], shape: .list(separator: ","))
    static let spill = SettingKey("spill")
    static let spillLimit = SettingKey("spill-limit")
    static let processes = SettingKey("processes", also: ["workers"])
    static let concurrency = SettingKey("concurrency")
    static let queues = SettingKey("queue", also: ["queues"], shape: .list(separator: ","))
    static let exec = SettingKey("exec", shape: .list(separator: "\n"))
    static let worker = SettingKey("worker", shape: .list(separator: "\n"))
    static let maxJobs = SettingKey("max-jobs")
    static let maxMemory = SettingKey("max-memory", also: ["max-rss"])
    static let maxAge = SettingKey("max-age")
    static let minSpare = SettingKey("min-spare")
    static let maxSpare = SettingKey("max-spare")
    static let grace = SettingKey("grace")
    static let lease = SettingKey("lease")
    static let kindLeases = SettingKey("kind-lease", also: ["kind-leases"], shape: .list(separator: ","))
    static let hardLimit = SettingKey("hard-limit")
    static let pollInterval = SettingKey("poll-interval")
    static let prefetchTime = SettingKey("prefetch-time")
    static let prefetchJobs = SettingKey("prefetch-jobs")
    static let crashBudget = SettingKey("crash-budget")
    static let keepCompleted = SettingKey("keep-completed")
    static let keepCompletedRows = SettingKey("keep-completed-rows")
    static let keepDead = SettingKey("keep-dead")
    static let backlogAlarm = SettingKey("backlog-alarm")
    static let connectionsPerJob = SettingKey("connections-per-job")
    static let maxConnections = SettingKey("max-connections")
    static let connectionPool = SettingKey("connection-pool")
    static let idleClose = SettingKey("idle-close")
    static let node = SettingKey("node")
    static let release = SettingKey("release")
    static let runtimeDirectory = SettingKey("runtime-directory")
    static let pidFile = SettingKey("pid-file")
    static let logLevel = SettingKey("log-level", also: ["log"])
    static let logFormat = SettingKey("log-format")
    static let logFile = SettingKey("log-file")
    static let backtraces = SettingKey("backtraces")
    static let once = SettingKey("once")

    /// Every setting, in the order `check` prints them.
    static let all: [SettingKey] = [
        store, maildirs, spill, spillLimit, processes, concurrency, queues, exec, worker, maxJobs, maxMemory, maxAge,
        minSpare, maxSpare, grace, lease,
        kindLeases, hardLimit, pollInterval, prefetchTime, prefetchJobs, crashBudget, keepCompleted, keepCompletedRows,
        keepDead, backlogAlarm, connectionsPerJob, maxConnections, connectionPool, idleClose, node, release,
        runtimeDirectory,
        pidFile, logLevel, logFormat, logFile, backtraces, once,
    ]

    /// The key with this spelling.
    static func named(_ spelling: String) -> SettingKey? { all.first { $0.spellings.contains(spelling) } }
}
