internal import HakobiCore
internal import HakobiDatabase
internal import Logging

/// How a link keeps its connection.
struct LinkOptions: Sendable {
    /// How long an operation waits for a server that is away before it fails as unreachable.
    var patience = Duration.seconds(5)
    /// The connection is closed when nothing was done for so long, and opened again on demand; `nil`: kept.
    var idleClose: Duration?
    var logger: Logger
}

/// What a thread does with what has gathered. Lives on the thread, so it need not be safe for any other.
protocol Rounds: AnyObject, SendableMetatype {
    /// A connection is there, for the first time or again.
    func opened(_ connection: Connection) throws(MySQLError)

    /// Does everything that has gathered, and answers each ticket's reply once its part is durable. Whoever has no answer
    /// when it throws is tried again or told, as the error says.
    func round(_ tickets: [Ticket<Work>], on connection: Connection) throws(MySQLError)
}

/// One connection on a thread of its own, with an inbox: while one round trip is under way, operations gather for the next.
/// It comes back by itself after the server, the network or an administrator has ended it.
final class Link: Sendable {
    private let inbox: Inbox<Work>
    private let threads = ThreadGroup()

    /// Connects and begins; throws one sentence when the first connection does not come about. Blocks until then.
    init<R: Rounds>(
        _ connector: Connector, _ options: LinkOptions, _ make: @escaping @Sendable () -> R
    ) throws(StoreError) {
        let inbox = try Inbox<Work>()
        self.inbox = inbox
        try threads.start { opened throws(StoreError) in
            let thread = LinkThread(inbox, connector, options, make())
            do throws(MySQLError) { try thread.connect() } catch { throw error.of("open") }
            opened()
            thread.run()
        }
    }

    deinit { inbox.close() }

    /// Hands work in and waits for its answer; `mayStay`: see `Patience`.
    func submit<Value: Sendable>(
        _ operation: String, mayStay: Bool = false, _ make: @Sendable (Reply<Value>) -> Work
    ) async throws(StoreError) -> Value {
        try await inbox.submit(operation, mayStay: mayStay, make)
    }

    /// Ends the thread once what was handed in is done, within a second, and closes the connection. A thread that is just
    /// connecting, which nothing can hurry, has nothing to do for anybody and is left to end by itself.
    func close() async {
        inbox.close()
        let patience = inbox.lifeline.isHeld ? Inbox<Work>.hurriedRound * 2 : .milliseconds(50)
        await threads.wait(atMost: patience)
    }
}
