internal import Glibc

/// Listening sockets that systemd (LISTEN_FDS) or Server::Starter (SERVER_STARTER_PORT) handed to this program.
package enum ListenSockets {
    /// Variables of both conventions.
    package static let variables = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "SERVER_STARTER_PORT"]

    /// Their numbers, smallest first.
    package static func descriptors(environment: [String: String]) -> [Int32] {
        var found: Set<Int32> = []
        if let text = environment["LISTEN_FDS"], let count = Int32(text), (1...1024).contains(count) {
            found.formUnion(3..<3 + count)
        }
        // "127.0.0.1:80=4;/run/app.sock=5"
        for entry in (environment["SERVER_STARTER_PORT"] ?? "").split(separator: ";") {
            if let last = entry.split(separator: "=").last, let number = Int32(last), number > 2 {
                found.insert(number)
            }
        }
        return found.filter { fcntl($0, F_GETFD) >= 0 }.sorted()
    }

    /// Makes systemd's convention true in a worker process: LISTEN_PID must be the reader's own, and no parent can know
    /// it before the spawn. Call it first thing, while there is one thread.
    package static func adopt() {
        guard getenv("LISTEN_FDS") != nil else { return }
        setenv("LISTEN_PID", String(getpid()), 1)
    }
}
