public import HakobiCore
internal import Synchronization

/// A store as the conformance suite sees it: fresh, empty, with its default payload limit, and with a clock that the
/// suite may move.
public struct StoreFixture: Sendable {
    /// The five methods.
    public let store: any JobStore
    /// Looking at its jobs.
    public let reader: any JobReader
    /// Changing its jobs.
    public let editor: any JobEditor
    /// Pausing its queues.
    public let queues: any QueueSwitch
    /// Its workers.
    public let registry: any WorkerRegistry
    /// Its wake hints, if it has any; `nil` passes the checks about them.
    public let wakeUps: (any WakeUps)?

    private let passTime: @Sendable (Duration) async throws -> Void
    private let setDate: @Sendable (Duration) async throws -> Void
    private let lastID = LastID()

    /// Names a store's roles, and how its time is moved: `advance` lets time pass on both of its clocks, `stepWallClock`
    /// changes the date only.
    public init(
        store: any JobStore, reader: any JobReader, editor: any JobEditor, queues: any QueueSwitch,
        registry: any WorkerRegistry, wakeUps: (any WakeUps)?,
        advance: @escaping @Sendable (Duration) async throws -> Void,
        stepWallClock: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.store = store
        self.reader = reader
        self.editor = editor
        self.queues = queues
        self.registry = registry
        self.wakeUps = wakeUps
        passTime = advance
        setDate = stepWallClock
    }

    /// A store that keeps all roles itself and takes its time from a manual clock.
    public init<Store: JobStore & JobReader & JobEditor & QueueSwitch & WorkerRegistry>(
        _ store: Store, wakeUps: (any WakeUps)?, clock: ManualClock
    ) {
        self.init(
            store: store, reader: store, editor: store, queues: store, registry: store, wakeUps: wakeUps,
            advance: { clock.advance(by: $0) }, stepWallClock: { clock.stepWall(by: $0) })
    }

    /// Lets time pass for the store.
    public func advance(by duration: Duration) async throws { try await passTime(duration) }

    /// Sets the store's date forward or back; no time passes.
    public func stepWallClock(by duration: Duration) async throws { try await setDate(duration) }

    /// Ids in ascending order, a millisecond apart, so that order by id and order of insertion agree.
    func nextID() -> JobID { lastID.next() }
}

/// Counts ids up; shared by the copies of a fixture.
private final class LastID: Sendable {
    private let count = Atomic<UInt64>(1_700_000_000_000)

    func next() -> JobID {
        let milliseconds = count.add(1, ordering: .relaxed).newValue
        return JobID(high: milliseconds << 16 | 0x7000, low: 0x8000_0000_0000_0000)
    }
}
