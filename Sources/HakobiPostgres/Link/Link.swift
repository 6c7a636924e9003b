internal import CoreMetrics
internal import HakobiCore
internal import HakobiDatabase
internal import Logging
internal import Synchronization

/// How a link keeps its connection.
struct LinkOptions: Sendable {
    /// How long an operation waits for a server that is away before it fails as unreachable.
    var patience = Duration.seconds(5)
    /// The connection is closed when nothing was done for so long, and opened again on demand; `nil`: kept.
    var idleClose: Duration?
    /// Listens on this channel, and sends its probes through `probe`, which must go the way that hints go.
    var listening: Listening?
    var logger: Logger
    /// A pooler has been spoken of; shared by the links of a store, which say so once.
    let poolerIsKnown = Flag()

    struct Listening: Sendable {
        let channel: String
        /// Sends `payload` on the channel; calls back with whether it was sent. Called on the link's thread, never waits.
        let probe: @Sendable (_ payload: String, _ done: @escaping @Sendable (Bool) -> Void) -> Void
        /// Where it is counted whether it hears.
        var metrics: any MetricsFactory = MetricsSystem.factory
        /// How often the listener is tested.
        var interval = ListenerWatch.interval
    }
}

/// One connection on a thread of its own, with an inbox: while one round trip is under way, operations gather for the next.
/// It comes back by itself after the server, the network or an administrator has ended it.
final class Link<Work: Sendable>: Sendable {
    let health = LinkHealth()
    private let inbox: Inbox<Work>
    private let threads = ThreadGroup()

    /// Connects and begins; throws one sentence when the first connection does not come about. Blocks until then.
    init<R: Rounds>(
        _ connector: Connector, _ options: LinkOptions, _ make: @escaping @Sendable () -> R
    ) throws(StoreError) where R.Work == Work {
        let inbox = try Inbox<Work>()
        self.inbox = inbox
        let health = health
        try threads.start { opened throws(StoreError) in
            let thread = LinkThread(inbox, connector, options, health, make())
            do throws(PostgresError) { try thread.connect() } catch { throw error.of("open") }
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

    /// Hands work in without waiting; `told` is called with the answer, on the link's thread.
    func post<Value: Sendable>(
        _ operation: String, _ make: (Reply<Value>) -> Work, told: @escaping Reply<Value>.Teller
    ) {
        inbox.post(operation, make, told: told)
    }

    /// Ends the thread once what was handed in is done, at most some seconds later, and closes the connection.
    func close() async {
        inbox.close()
        await threads.wait()
    }
}
