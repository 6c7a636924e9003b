import Hakobi
import HakobiPrograms
import Logging
import MinimalLog

/// Everything `up` and `check` need to know, each with its origin; made from layers in one pass that reports all problems.
struct Settings: Sendable {
    let store: Setting<StoreLocation>
    let spill: Setting<SpillPlace?>
    let processes: Setting<Int>
    let concurrency: Setting<Int>
    let queues: Setting<[WorkerSettings.WeightedQueue]>
    let exec: Setting<[ExecRule]>
    let worker: Setting<[String]>
    let maxJobs: Setting<Int>
    let maxMemory: Setting<Int64>
    let maxAge: Setting<Duration>
    let minSpare: Setting<Int>
    let maxSpare: Setting<Int>
    let grace: Setting<Duration>
    let lease: Setting<Duration>
    let kindLeases: Setting<[KindLease]>
    let hardLimit: Setting<Duration>
    let pollInterval: Setting<Duration>
    let prefetchTime: Setting<Duration>
    let prefetchJobs: Setting<Int>
    let crashBudget: Setting<Int>
    let keepCompleted: Setting<Duration>
    let keepCompletedRows: Setting<Int>
    let keepDead: Setting<Duration>
    let backlogAlarm: Setting<Duration>
    let connectionsPerJob: Setting<Int>
    let maxConnections: Setting<Int>
    let connectionPool: Setting<String>
    let idleClose: Setting<Duration>
    let node: Setting<String?>
    let release: Setting<String>
    let runtimeDirectory: Setting<String?>
    let pidFile: Setting<String?>
    let logLevel: Setting<Logger.Level>
    let logFormat: Setting<MinimalLog.Format>
    let logFile: Setting<String?>
    let backtraces: Setting<Bool>
    let once: Setting<Bool>

    /// Everything as text with its origin, in the order of `SettingKey.all`.
    let effective: [EffectiveSetting]
    /// What is wrong, one sentence each; empty when the service may start.
    let problems: [String]

    init(_ sources: SettingsSources, defaults: SettingsDefaults) {
        var reader = SettingsReader(layers: sources.layers)
        let house = WorkerSettings()
        store = reader.store()
        spill = reader.spill()
        processes = reader.count(.processes, defaults.processes)
        concurrency = reader.count(.concurrency, house.concurrency, from: 1)
        queues = reader.many(.queues, show: { "\($0.queue)=\($0.weight)" }, ValueText.weightedQueue)
        exec = reader.many(.exec, show: { "\($0.kind)=\($0.command)" }, ExecRule.init(reading:))
        worker = reader.many(.worker, show: { $0 }, ValueText.command)
        maxJobs = reader.count(.maxJobs, defaults.maxJobs, none: "never")
        maxMemory = reader.one(.maxMemory, 0, show: { $0 == 0 ? "none" : SizeText.short($0) }, SizeText.read)
        maxAge = reader.duration(.maxAge, .zero, none: "none")
        minSpare = reader.count(.minSpare, 0, none: "off")
        maxSpare = reader.count(.maxSpare, 0, none: "off")
        grace = reader.duration(.grace, house.grace)
        lease = reader.duration(.lease, house.lease)
        kindLeases = reader.many(
            .kindLeases, show: { "\($0.kind)=\(DurationText.exact($0.lease))" }, KindLease.init(reading:))
        hardLimit = reader.duration(.hardLimit, house.hardLimit)
        pollInterval = reader.duration(.pollInterval, house.pollInterval)
        prefetchTime = reader.duration(.prefetchTime, house.prefetchTime)
        prefetchJobs = reader.count(.prefetchJobs, house.prefetchJobs)
        crashBudget = reader.count(.crashBudget, house.crashBudget, from: 1)
        keepCompleted = reader.duration(.keepCompleted, house.retention.completedAge)
        keepCompletedRows = reader.count(.keepCompletedRows, house.retention.completedRows)
        keepDead = reader.duration(.keepDead, house.retention.deadAge)
        backlogAlarm = reader.duration(.backlogAlarm, house.backlogAlarm, none: "off")
        connectionsPerJob = reader.count(.connectionsPerJob, 0, none: "unknown")
        maxConnections = reader.count(.maxConnections, 0, none: "unknown")
        connectionPool = reader.one(.connectionPool, "default", show: { $0 }, ValueText.word)
        idleClose = reader.duration(.idleClose, .zero, none: "off")
        node = reader.optionalText(.node, none: "the host's name")
        release = reader.one(.release, defaults.release, show: { $0 }, ValueText.any)
        runtimeDirectory = reader.optionalText(.runtimeDirectory, none: "chosen")
        pidFile = reader.optionalText(.pidFile, none: "none")
        logLevel = reader.one(.logLevel, .info, show: \.rawValue, ValueText.logLevel)
        logFormat = reader.one(.logFormat, .line, show: \.rawValue, ValueText.logFormat)
        logFile = reader.optionalText(.logFile, none: "standard error")
        backtraces = reader.one(.backtraces, false, show: { $0 ? "yes" : "no" }, Reading.yes)
        once = reader.one(.once, false, show: { $0 ? "yes" : "no" }, Reading.yes)
        effective = reader.effective
        problems = sources.problems + reader.problems
    }

    /// All that is wrong, the combinations included.
    func validate() -> [String] {
        problems + (problems.isEmpty ? SettingsRules.problems(of: self) : [])
    }
}

/// What the program and the machine say when nobody else does.
struct SettingsDefaults: Sendable {
    /// One worker process a core.
    var processes: Int
    /// The program's own.
    var release: String
    /// A worker process is replaced after about this many jobs; 0 never.
    var maxJobs = 0
}

extension SettingsReader {
    mutating func count(_ key: SettingKey, _ standard: Int, from lowest: Int = 0, none: String = "0") -> Setting<Int> {
        one(
            key, standard, show: { $0 == 0 ? none : String($0) },
            { text throws(Unreadable) in
                try Reading.count(text, from: lowest)
            })
    }

    mutating func duration(_ key: SettingKey, _ standard: Duration, none: String = "0s") -> Setting<Duration> {
        one(key, standard, show: { $0 == .zero ? none : DurationText.exact($0) }, DurationText.read)
    }

    mutating func optionalText(_ key: SettingKey, none: String) -> Setting<String?> {
        one(key, nil, show: { $0 ?? none }, { text throws(Unreadable) in text.isEmpty ? nil : text })
    }
}
