/// From where on completed jobs are removed, oldest first. Where a held snapshot keeps what was removed in the index, it is
/// not walked over at each slice; what ended below and was committed late goes with the next removal from the bottom.
struct PruneFloor {
    private var last = Int64.min
    private var pace = LookPace()
    private var isFromBottom = true

    /// A transaction that completes a job may be open for so long, in microseconds.
    private static let slack: Int64 = 60_000_000

    /// Where a removal that begins now begins.
    mutating func floor(at now: ContinuousClock.Instant) -> Int64 {
        // Slices of some thousand rows take some ten milliseconds by themselves.
        isFromBottom = pace.pause < .seconds(5) || pace.isAllowed(at: now)
        return isFromBottom || last == .min ? .min : last - Self.slack
    }

    /// A job that had ended at this moment went.
    mutating func removed(_ ended: Int64) { last = max(last, ended) }

    /// How long that took.
    mutating func ended(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        if isFromBottom { pace.looked(at: end, cost: end - start) }
    }
}
