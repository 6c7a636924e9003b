/// How long to wait for the next poll: what came unannounced once will come so again.
///
/// A job enqueued on another host, or by SQL, tells nobody where the store cannot. Once a poll has found such a job, the
/// next ones come sooner, and then, as long as they find nothing, each after twice the time, until the ceiling is reached
/// again: a steady trickle is found quickly, and at rest little is asked.
struct PollPace: Sendable {
    /// The first wait after a find: five questions in a second and a half that find nothing, then one a second as before.
    static let soonest = Duration.milliseconds(50)

    private let ceiling: Duration
    /// The wait before the next poll.
    private(set) var interval: Duration
    /// Nothing but a poll asks for the next claim.
    private var isAsking = false
    /// Nothing but a poll asked for the claim under way.
    private var hasAsked = false

    init(ceiling: Duration) {
        self.ceiling = ceiling
        interval = ceiling
    }

    /// It is time to look; `isNeeded` when nobody wants to anyhow.
    mutating func polled(isNeeded: Bool) {
        if isNeeded { isAsking = true }
        interval = min(interval * 2, ceiling)
    }

    /// A hint came: what is found now is no poll's merit.
    mutating func hinted() { isAsking = false }

    /// A claim goes out.
    mutating func claiming() {
        hasAsked = isAsking
        isAsking = false
    }

    /// Its answer; true when the next poll is to come sooner than whoever waits for it thinks.
    mutating func claimed(anything: Bool) -> Bool {
        defer { hasAsked = false }
        guard anything, hasAsked else { return false }
        let before = interval
        interval = min(Self.soonest, ceiling)
        return interval < before
    }
}
