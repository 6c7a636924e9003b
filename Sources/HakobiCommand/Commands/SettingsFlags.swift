import ArgumentParser
import Glibc

/// The flags of `up` and `check`: every one absent unless written, so that none overrides the file by its default.
struct SettingsFlags: ParsableArguments {
    @Option(
        name: [.customLong("processes"), .customLong("workers")], parsing: .unconditional,
        help: "Worker processes; 0 runs jobs in this process (default: one a core).")
    var processes: String?
    @Option(parsing: .unconditional, help: "Jobs at once in each process (default 1).") var concurrency: String?
    @Option(
        name: .customLong("queue"),
        help: ArgumentHelp(
            "A queue to serve and its weight; may be repeated (default: all).", valueName: "name[=weight]"))
    var queues: [String] = []
    @Option(
        help: ArgumentHelp(
            "Run a program for a kind of job, by /bin/sh; may be repeated.", valueName: "kind=command"))
    var exec: [String] = []
    @Option(
        help: ArgumentHelp(
            "Keep a program in each worker process that handles its jobs, by /bin/sh; may be repeated.",
            valueName: "command"))
    var worker: [String] = []
    @Option(parsing: .unconditional, help: "Replace a worker process after so many jobs.") var maxJobs: String?
    @Option(
        name: [.customLong("max-memory"), .customLong("max-rss")], parsing: .unconditional,
        help: "Replace a worker process when it is larger, such as 256MB.")
    var maxMemory: String?
    @Option(parsing: .unconditional, help: "Replace a worker process when it is older.") var maxAge: String?
    @Option(parsing: .unconditional, help: "Keep at least so many idle processes.") var minSpare: String?
    @Option(parsing: .unconditional, help: "Keep at most so many idle processes.") var maxSpare: String?
    @Option(parsing: .unconditional, help: "How long a drain waits for running jobs (default 25s).") var grace: String?
    @Option(parsing: .unconditional, help: "How long a claim holds without renewal (default 60s).") var lease: String?
    @Option(parsing: .unconditional, help: "End a worker process whose job runs longer (default 1h).")
    var hardLimit: String?
    @Option(parsing: .unconditional, help: "An idle worker looks at least this often (default 1s).")
    var pollInterval: String?
    @Option(
        parsing: .unconditional, help: "Close connections to the store's server after so long at rest (default never).")
    var idleClose: String?
    @Option(help: ArgumentHelp("Carry over what clients kept here while the store was away.", valueName: "folder"))
    var spill: String?
    @Option(help: "A private directory for locks, one that lasts as long as the boot (default: in /dev/shm).")
    var runtimeDirectory: String?
    @Option(help: "Write the service's process number here.") var pidFile: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical (default info).") var logLevel: String?
    @Option(help: "line (for people) or json (default line).") var logFormat: String?
    @Option(help: "Log to the end of this file (default: standard error). It may be moved away at any time.")
    var logFile: String?
    @Flag(help: "Run until nothing is due or running, then exit 0.") var once = false
    @Option(help: ArgumentHelp("Any other setting, as in the file; may be repeated.", valueName: "name=value"))
    var set: [String] = []
    @OptionGroup(title: "Store") var store: StoreOptions

    /// Everything the flags say, as one layer, and what is wrong with `--set`.
    func layer() -> (SettingsLayer, problems: [String]) {
        var layer = store.layer
        let singles: [(SettingKey, String?)] = [
            (.processes, processes), (.concurrency, concurrency), (.maxJobs, maxJobs), (.maxMemory, maxMemory),
            (.maxAge, maxAge), (.minSpare, minSpare), (.maxSpare, maxSpare), (.grace, grace), (.lease, lease),
            (.hardLimit, hardLimit), (.pollInterval, pollInterval), (.idleClose, idleClose),
            (.spill, spill), (.runtimeDirectory, runtimeDirectory),
            (.pidFile, pidFile), (.logLevel, logLevel), (.logFormat, logFormat), (.logFile, logFile),
            (.once, once ? "yes" : nil),
        ]
        for (key, text) in singles {
            if let text { layer[key] = RawSetting(texts: [text], origin: .flag("--\(key.name)")) }
        }
        for (key, texts) in [(SettingKey.queues, queues), (.exec, exec), (.worker, worker)] where !texts.isEmpty {
            layer[key] = RawSetting(texts: texts, origin: .flag("--\(key.name)"))
        }
        var problems: [String] = []
        for pair in set {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let key = SettingKey.named(String(parts[0])) else {
                problems.append("--set \"\(pair)\": \(Self.hint(String(parts[0])))")
                continue
            }
            layer[key] = RawSetting(texts: [String(parts[1])], origin: .flag("--set \(key.name)"))
        }
        return (layer, problems)
    }

    private static func hint(_ spelling: String) -> String {
        let near = Spelling.nearest(to: spelling, among: SettingKey.all.flatMap(\.spellings))
        return near.map { "write name=value; did you mean \"\($0)\"?" } ?? "write name=value, with a setting's name"
    }

    /// The settings as they stand now; read again at each reload. Their problems are not thrown here.
    func read(in program: Program) -> Settings {
        let (layer, problems) = layer()
        var sources = SettingsSources(flags: layer, config: store.config, environment: program.environment)
        sources.problems = problems + sources.problems
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        return Settings(sources, defaults: SettingsDefaults(processes: cores, release: program.release))
    }
}
