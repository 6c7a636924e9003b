internal import HakobiCore
internal import HakobiDatabase

/// What a thread does with what has gathered. Lives on the thread, so it need not be safe for any other.
protocol Rounds<Work>: AnyObject, SendableMetatype {
    associatedtype Work: Sendable

    /// A connection is there, for the first time or again: nothing that was said to an earlier one holds.
    func opened(_ connection: Connection) throws(PostgresError)

    /// Does everything that has gathered, merged into as few statements as it likes, and answers each ticket's reply once
    /// its part is durable. Whoever has no answer when it throws is tried again or told, as the error says.
    func round(_ tickets: [Ticket<Work>], on connection: Connection) throws(PostgresError)

    /// A payload came on the channel listened to.
    func notified(_ payload: String)
}

extension Rounds {
    func opened(_ connection: Connection) throws(PostgresError) {}
    func notified(_ payload: String) {}
}
