public import HakobiCore
public import Logging

/// How a store uses its server.
public struct MySQLOptions: Sendable {
    /// The largest payload that is accepted, in bytes; the server's max_allowed_packet must be larger.
    public var maxPayloadBytes: Int
    /// Bring the tables up to date while opening; otherwise older ones are an error until `migrate()` has run. Needs the
    /// right to create only when there is something to create.
    public var migratesOnOpen: Bool
    /// How long an operation waits for a server that is away before it fails as unreachable.
    public var patience: Duration
    /// Connections are closed when nothing was done for so long, and opened again on demand; `nil`: kept.
    public var idleClose: Duration?
    /// How this host is called in the comment that every statement begins with, as the server's list of processes shows it,
    /// and among the attributes of its sessions (`performance_schema.session_connect_attrs`).
    public var node: String
    /// Told about lost connections and the like, one line an interval.
    public var logger: Logger
    /// Where moments and leases come from; `nil` for the server's clock. All stores on the same tables must agree, so only
    /// tests replace it.
    public var clock: StoreClock?

    /// 1 MiB, migrating, five seconds of patience, kept connections, on the server's clock, unless told otherwise.
    public init(
        maxPayloadBytes: Int = Defaults.maxPayloadBytes, migratesOnOpen: Bool = true,
        patience: Duration = .seconds(5), idleClose: Duration? = nil, node: String = "",
        logger: Logger = Logger(label: "hakobi.mysql"), clock: StoreClock? = nil
    ) {
        self.maxPayloadBytes = maxPayloadBytes
        self.migratesOnOpen = migratesOnOpen
        self.patience = patience
        self.idleClose = idleClose
        self.node = node
        self.logger = logger
        self.clock = clock
    }
}
