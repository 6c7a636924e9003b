public import HakobiCore

/// How a store treats its file.
public struct SQLiteOptions: Sendable {
    /// When an answer is given.
    public enum Synchronous: Sendable, Hashable, Comparable {
        /// When the system has the data: survives the end of every process, loses the last moments with the power.
        case normal
        /// When the disk has the data. The default: acknowledged is durable.
        case full
    }

    /// When an answer is given; `.full` unless told otherwise.
    public var synchronous: Synchronous
    /// The largest payload that is accepted, in bytes.
    public var maxPayloadBytes: Int
    /// How long an operation waits for writers of other processes before it fails as busy.
    public var busyTimeout: Duration
    /// Bring the schema up to date while opening; otherwise an older one is an error until `migrate()` has run.
    public var migratesOnOpen: Bool
    /// Where moments and leases come from. All stores on one file must agree, so only tests replace it.
    public var clock: StoreClock?

    /// Which run of the host leases belong to; a lease of another run is over.
    var boot = StoreClock.bootID()
    /// Tells the file system's kind from a path; tests name a network's.
    var fileSystemType: @Sendable (_ path: String) -> Int = Place.fileSystemType

    /// Durable, 1 MiB, 30 seconds, migrating, on this host's clocks, unless told otherwise.
    public init(
        synchronous: Synchronous = .full, maxPayloadBytes: Int = Defaults.maxPayloadBytes,
        busyTimeout: Duration = .seconds(30), migratesOnOpen: Bool = true, clock: StoreClock? = nil
    ) {
        self.synchronous = synchronous
        self.maxPayloadBytes = maxPayloadBytes
        self.busyTimeout = busyTimeout
        self.migratesOnOpen = migratesOnOpen
        self.clock = clock
    }
}
