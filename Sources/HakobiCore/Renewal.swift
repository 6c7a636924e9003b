/// How far a running job has come, as its handler reported it.
public struct Progress: Sendable, Hashable {
    /// Units done.
    public var done: Int
    /// Units in all, where known.
    public var total: Int?
    /// A few words for a person, where given.
    public var note: String?

    /// `done` of `total` units, with a word for people.
    public init(done: Int, total: Int? = nil, note: String? = nil) {
        self.done = done
        self.total = total
        self.note = note
    }
}

/// One held lease, looked at or extended.
public struct Renewal: Sendable, Hashable {
    /// What is held.
    public var lease: Lease
    /// The lease's new length from now by the store's clock; `nil` only looks (is it still held? is a cancel asked for?),
    /// which writes nothing when there is no progress or checkpoint to keep.
    public var extend: Duration?
    /// Replaces the stored progress, when given.
    public var progress: Progress?
    /// Replaces the stored checkpoint, when given; survives into the next attempt.
    public var checkpoint: [UInt8]?

    /// A renewal of a lease.
    public init(_ lease: Lease, extend: Duration?, progress: Progress? = nil, checkpoint: [UInt8]? = nil) {
        self.lease = lease
        self.extend = extend
        self.progress = progress
        self.checkpoint = checkpoint
    }
}

/// The store's answer to one renewal.
@nonexhaustive
public enum RenewalReceipt: Sendable, Hashable {
    /// Still held (and extended, if asked).
    case renewed
    /// Still held (and extended, if asked), and somebody asked for the job to be cancelled.
    case cancelRequested
    /// No longer held: stop the work; nothing of it can be settled.
    case lost
}
