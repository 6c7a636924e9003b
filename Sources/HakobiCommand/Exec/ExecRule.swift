import Hakobi

/// `KIND=COMMAND`: which program runs the jobs of a kind.
struct ExecRule: Sendable, Hashable {
    let kind: Kind
    /// Handed to `/bin/sh -c`.
    let command: String

    init(kind: Kind, command: String) {
        self.kind = kind
        self.command = command
    }

    init(reading text: String) throws(Unreadable) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, case let command = parts[1].trimmed, !command.isEmpty else {
            throw Unreadable("a program is given as KIND=COMMAND, such as resize=/usr/local/bin/resize")
        }
        guard !command.utf8.contains(0) else {
            throw Unreadable("the program of \(parts[0].trimmed) has a NUL in it, with which no command goes on")
        }
        kind = try Reading.kind(parts[0].trimmed)
        self.command = command
    }
}
