/// A database server of the tests' own, to which a test that has one for itself may do what it likes.
package protocol DatabaseServer: Sendable {
    /// A store that nobody else has, as `--store` takes it, in a database as the server comes with it.
    ///
    /// - Parameter host: by which the server is reached; one that `init(isOpen:)` has let in, if not this one.
    func freshStore(host: String) throws -> String

    /// The same with its tables in a folder of the caller's, which belongs to `user`.
    func freshStore(in folder: String) throws -> String

    /// Whom files of the server belong to.
    var user: String { get }

    /// Ends the sessions of every service, as an administrator does.
    func endSessions() throws

    /// SIGKILL to all of it.
    func kill() throws
    /// Starts it again and waits until it serves.
    func start() throws
    /// SIGSTOP to all of it: connections stay, answers do not come.
    func freeze() throws
    func thaw() throws
}

extension DatabaseServer {
    package func freshStore() throws -> String { try freshStore(host: "127.0.0.1") }
}
