/// An open store and what it can do beside the five methods; a role that is `nil` is one this store does not have.
///
/// Composed once, where the store is opened, and handed on explicitly: a decorator wraps `store` and keeps the roles.
public struct StoreRoles: Sendable {
    /// The five methods.
    public var store: any JobStore
    /// Looking at jobs.
    public var reader: (any JobReader)?
    /// Changing jobs by a person's will; retention needs it.
    public var editor: (any JobEditor)?
    /// Pausing queues.
    public var queues: (any QueueSwitch)?
    /// Who works here; rescue of dead incarnations needs it.
    public var registry: (any WorkerRegistry)?
    /// Hints across processes.
    public var wakeUps: (any WakeUps)?
    /// Locks that worker processes hold for the jobs they run; where there are none, the service alone keeps the leases.
    public var leaseLocks: (any LeaseLocks)?
    /// Migrations.
    public var schema: (any SchemaKeeper)?
    /// What the store tells of its own place.
    public var doctor: (any StoreDoctor)?
    /// Ends the store's threads and files once nobody uses it any more.
    public var close: @Sendable () async -> Void

    /// A store with the roles it has.
    public init(
        store: any JobStore, reader: (any JobReader)? = nil, editor: (any JobEditor)? = nil,
        queues: (any QueueSwitch)? = nil, registry: (any WorkerRegistry)? = nil, wakeUps: (any WakeUps)? = nil,
        leaseLocks: (any LeaseLocks)? = nil, schema: (any SchemaKeeper)? = nil, doctor: (any StoreDoctor)? = nil,
        close: @escaping @Sendable () async -> Void = {}
    ) {
        self.store = store
        self.reader = reader
        self.editor = editor
        self.queues = queues
        self.registry = registry
        self.wakeUps = wakeUps
        self.leaseLocks = leaseLocks
        self.schema = schema
        self.doctor = doctor
        self.close = close
    }
}
