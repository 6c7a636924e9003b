/// A claim whose answer was lost: it may have taken jobs that its worker knows nothing of, or may do so yet, since a server
/// can be at it after the connection has ended.
///
/// They are looked for at once, then less and less often, until such leases would be over by themselves.
struct LostAnswer: Sendable {
    private var next: Duration
    private var pause = Duration.milliseconds(250)
    private let end: Duration
    /// The store has been asked at least once.
    private(set) var isLookedFor = false

    init(at now: Duration, lease: Duration) {
        next = now
        end = now + lease
    }

    /// Whether to look now.
    func isDue(at now: Duration) -> Bool { now >= next }

    /// The store has been asked; whether to ask it again some time.
    mutating func looked(at now: Duration) -> Bool {
        isLookedFor = true
        next = now + pause
        pause *= 2
        return next < end
    }
}
