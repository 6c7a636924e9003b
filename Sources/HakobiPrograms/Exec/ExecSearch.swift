import Glibc

/// Whether the programs of commands exist, where that can be told without running a shell.
package enum ExecSearch {
    /// Words a shell knows by itself; nothing is looked up for them.
    private static let shellWords: Set<String> = [
        ".", ":", "[", "alias", "bg", "break", "case", "cd", "command", "continue", "echo", "eval", "exec", "exit",
        "export", "false", "fg", "for", "getopts", "hash", "if", "jobs", "kill", "local", "printf", "pwd", "read",
        "readonly", "return", "set", "shift", "test", "time", "times", "trap", "true", "type", "ulimit", "umask",
        "unalias", "unset", "until", "wait", "while", "{", "!",
    ]

    /// One sentence for each command whose program is not there.
    package static func problems(_ rules: [ExecRule], workers: [String], path: String) -> [String] {
        let all = rules.map { ($0.command, "to run for kind \"\($0.kind)\"") } + workers.map { ($0, "to be a worker") }
        return all.compactMap { command, purpose in
            guard let program = program(of: command), !exists(program, path: path) else { return nil }
            return "there is no program \"\(program)\" \(purpose)\(reason(program))"
        }
    }

    /// The command's first word, when it is plainly a program's name.
    package static func program(of command: String) -> String? {
        let words = command.split(whereSeparator: \.isWhitespace)
        guard let first = words.first(where: { !isAssignment($0) }).map(String.init) else { return nil }
        let isPlain = first.unicodeScalars.allSatisfy { !"|&;<>()$`\\\"'*?[]#~=%{}!".unicodeScalars.contains($0) }
        return isPlain && !shellWords.contains(first) ? first : nil
    }

    /// The command so that no shell stays between its program and us, where that is plainly the same: a shell tells of a
    /// signal as an exit code, and takes memory. Debian's does not do so by itself.
    static func withoutShell(_ command: String) -> String {
        let isOne = !command.unicodeScalars.contains { "|&;()<>`\n".unicodeScalars.contains($0) }
        let begins = command.split(whereSeparator: \.isWhitespace).first.map(String.init)
        return isOne && begins != nil && program(of: command) == begins ? "exec \(command)" : command
    }

    private static func isAssignment(_ word: Substring) -> Bool {
        guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return false }
        return word[..<equals].allSatisfy { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    private static func exists(_ program: String, path: String) -> Bool {
        if program.contains("/") { return isProgram(program) }
        return path.split(separator: ":").contains { isProgram("\($0)/\(program)") }
    }

    private static func isProgram(_ path: String) -> Bool { access(path, X_OK) == 0 && !isFolder(path) }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Why something that is there will not do.
    private static func reason(_ program: String) -> String {
        guard program.contains("/"), access(program, F_OK) == 0 else { return "" }
        return isFolder(program) ? ": that is a folder" : ": that file may not be executed"
    }
}
