import Hakobi
import HakobiPrograms
import Logging
import MinimalLog

/// Text to value for settings that are more than a number.
enum ValueText {
    static func any(_ text: String) throws(Unreadable) -> String { text }

    /// A name without white space.
    static func word(_ text: String) throws(Unreadable) -> String {
        guard !text.isEmpty, text.utf8.count <= 100, !text.contains(where: \.isWhitespace) else {
            throw Unreadable("must be 1 to 100 bytes without white space")
        }
        return text
    }

    /// What /bin/sh is given.
    static func command(_ text: String) throws(Unreadable) -> String {
        guard !text.trimmed.isEmpty else { throw Unreadable("a command is missing, such as python3 worker.py") }
        guard !text.utf8.contains(0) else { throw Unreadable("there is a NUL in it, with which no command goes on") }
        return text.trimmed
    }

    /// `NAME` or `NAME=WEIGHT`.
    static func weightedQueue(_ text: String) throws(Unreadable) -> WorkerSettings.WeightedQueue {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let queue = try Reading.queue(parts[0].trimmed)
        guard parts.count == 2 else { return WorkerSettings.WeightedQueue(queue) }
        guard let weight = Int(parts[1].trimmed), weight >= 1 else {
            throw Unreadable("the weight of a queue is a whole number of 1 or more")
        }
        return WorkerSettings.WeightedQueue(queue, weight: weight)
    }

    static func logLevel(_ text: String) throws(Unreadable) -> Logger.Level {
        let words = Logger.Level.allCases.map(\.rawValue)
        let word = try Reading.choice(text.lowercased() == "warn" ? "warning" : text.lowercased(), of: words)
        return Logger.Level(rawValue: word) ?? .info
    }

    static func logFormat(_ text: String) throws(Unreadable) -> MinimalLog.Format {
        let word = try Reading.choice(text.lowercased(), of: MinimalLog.Format.allCases.map(\.rawValue))
        return MinimalLog.Format(rawValue: word) ?? .line
    }
}

/// `KIND=DURATION`: a lease of a kind's own.
struct KindLease: Sendable, Hashable {
    let kind: Kind
    let lease: Duration

    init(reading text: String) throws(Unreadable) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Unreadable("must be written as KIND=DURATION, such as report=10m") }
        kind = try Reading.kind(parts[0].trimmed)
        lease = try DurationText.read(parts[1].trimmed)
    }
}

extension StringProtocol {
    /// Without the spaces at its ends.
    var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
