import ArgumentParser
import Hakobi

/// How a job is enqueued, as flags; all of them absent unless written.
struct JobFlags: ParsableArguments {
    @Option(help: "The queue it waits in.") var queue: String?

    @Option(parsing: .unconditional, help: "0 to 9, larger first.") var priority: String?

    @Option(parsing: .unconditional, help: "Not before this long from now, such as 10s or 1h30m.") var delay: String?

    @Option(help: "Not before this moment, such as 2026-11-22T21:40:01Z.") var at: String?

    @Option(help: "At most one live job of the kind has this key.") var uniqueKey: String?

    @Option(help: "What happens when the unique key is taken: keep, replace or refuse.") var onConflict: String?

    @Option(help: "The same request twice is one job, for 24 hours.") var idempotencyKey: String?

    @Option(parsing: .unconditional, help: "Failures at which it is dead.") var maxFailures: String?

    @Option(parsing: .unconditional, help: "Time limit of one attempt: the handler is cancelled after it.")
    var timeout: String?

    @Option(parsing: .unconditional, help: "Hard time limit of one attempt: its process is ended after it.")
    var hardLimit: String?

    @Option(help: ArgumentHelp("Travels to the handler; may be repeated.", valueName: "name=value"))
    var metadata: [String] = []

    /// The options, every problem added to `problems`.
    func read(problems: inout [String]) -> JobOptions {
        var flags = FlagReader()
        var options = JobOptions()
        options.queue = flags.read(queue, "--queue", Reading.queue) ?? .default
        options.priority = flags.read(priority, "--priority", Self.priority) ?? Defaults.priority
        options.maxFailures = flags.read(maxFailures, "--max-failures", Self.maxFailures) ?? Defaults.maxFailures
        options.limits.soft = flags.read(timeout, "--timeout", Self.positive)
        options.limits.hard = flags.read(hardLimit, "--hard-limit", Self.positive)
        let key = flags.read(idempotencyKey, "--idempotency-key", Reading.key)
        options.idempotencyKey = key.map { IdempotencyKey($0) }
        options.uniqueKey = unique(&flags)
        options.due = due(&flags)
        for pair in metadata {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                options.metadata[String(parts[0])] = String(parts[1])
            } else {
                flags.problems.append("--metadata \"\(pair)\": write name=value")
            }
        }
        problems += flags.problems
        return options
    }

    private func due(_ flags: inout FlagReader) -> DueTime {
        if delay != nil, at != nil { flags.problems.append("--delay and --at exclude each other: give one of them") }
        if let delay = flags.read(delay, "--delay", DurationText.read) { return .after(delay) }
        if let at = flags.read(at, "--at", TimeText.read) { return .at(at) }
        return .now
    }

    private func unique(_ flags: inout FlagReader) -> UniqueKey? {
        let rule = flags.read(onConflict, "--on-conflict") { text throws(Unreadable) in
            let words = UniqueKey.OnConflict.allCases.map(\.rawValue)
            return UniqueKey.OnConflict(rawValue: try Reading.choice(text, of: words)) ?? .keep
        }
        if onConflict != nil, uniqueKey == nil { flags.problems.append("--on-conflict needs --unique-key") }
        return flags.read(uniqueKey, "--unique-key", Reading.key).map { UniqueKey($0, onConflict: rule ?? .keep) }
    }

    private static func priority(_ text: String) throws(Unreadable) -> Int {
        guard let number = Int(text), (0...9).contains(number) else { throw Unreadable("must be 0 to 9") }
        return number
    }

    private static func maxFailures(_ text: String) throws(Unreadable) -> Int { try Reading.count(text, from: 1) }

    private static func positive(_ text: String) throws(Unreadable) -> Duration {
        let duration = try DurationText.read(text)
        guard duration > .zero else { throw Unreadable("must be more than 0s") }
        return duration
    }
}

/// Reads flags one after the other and gathers what was wrong with them.
struct FlagReader {
    var problems: [String] = []

    mutating func read<Value>(
        _ text: String?, _ flag: String, _ read: (String) throws(Unreadable) -> Value
    ) -> Value? {
        guard let text else { return nil }
        do throws(Unreadable) { return try read(text) } catch {
            problems.append("\(flag) \"\(text)\": \(error)")
            return nil
        }
    }

    /// Ends the command when anything was wrong.
    func check() throws(CommandFailure) {
        if !problems.isEmpty { throw CommandFailure(.usage, problems) }
    }
}
