import HakobiCore

/// One attempt in hand. A worker may hold two of one job: a lost one whose handler does not stop, and the one it claimed
/// after the rescue; each occupies a slot of its own.
struct HeldKey: Hashable, Sendable {
    let job: JobID
    let attempt: Int

    init(_ lease: Lease) {
        job = lease.job
        attempt = lease.attempt
    }
}

/// One lease in hand, from its claim until its settlement is answered.
struct HeldJob: Sendable {
    var lease: Lease
    var kind: Kind
    var queue: QueueName
    /// The request that it comes from, for the log.
    var requestID: String?
    var isSuspect: Bool
    /// When the holder must take the lease for lost: the moment its claim or last renewal was *sent*, plus its length.
    var deadline: Duration
    /// When it is to be renewed.
    var renewAt: Duration
    /// Handed to the settler.
    var isFinished = false
    /// To be kept with the next renewal.
    var progress: Progress?
    var checkpoint: [UInt8]?
}
