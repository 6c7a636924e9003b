internal import HakobiCore

/// How long those who bring jobs are to tell of them: said by whoever looks for work and finds less than it could do.
///
/// It lasts for some looks, and is said anew in good time; whoever is busy lets it run out.
struct IdleWord {
    private var end: ContinuousClock.Instant?
    private var lastLook: ContinuousClock.Instant?

    /// What is to be said now, if anything. A look that brought jobs says it only when it is about to run out: those jobs
    /// should not wait for it.
    mutating func next(at now: ContinuousClock.Instant, isEmpty: Bool) -> Duration? {
        defer { lastLook = now }
        let pause = lastLook.map { now - $0 } ?? .zero
        let length = min(max(.seconds(3), pause * 3), .seconds(60))
        if let end, end - now > (isEmpty ? length / 3 * 2 : length / 3) { return nil }
        end = now + length
        return length
    }
}
