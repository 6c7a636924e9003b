extension Statement {
    /// Who really serves us: a pooler's answer differs from what it said at the connection's start.
    static let backendPID = Statement("hakobi_backend_pid", "SELECT pg_backend_pid()")

    /// Sends one payload on a channel; heard when its transaction commits.
    static let notify = Statement("hakobi_notify", "SELECT pg_notify($1, $2)")

    /// Hears a channel from now on. A channel is an identifier, which no parameter can be.
    static func listen(_ channel: String) -> Statement {
        Statement("hakobi_listen", "LISTEN \"\(channel.replacing("\"", with: "\"\""))\"")
    }
}
