/// Back-off while the store is in trouble, and when to say so: at its beginning, then once in a while.
package struct Trouble: Sendable {
    private var failures = 0
    private var lastSaid: Duration?

    package init() {}

    /// The pause before the next try: 50 ms, doubling, 2 s at most: a store that is back must soon be worked on.
    package mutating func next() -> Duration {
        failures += 1
        return min(.seconds(2), .milliseconds(50) * (1 << min(failures - 1, 7)))
    }

    /// Whether to say so now; at most once in 10 s.
    package mutating func isNews(at now: Duration) -> Bool {
        if let lastSaid, now - lastSaid < .seconds(10) { return false }
        lastSaid = now
        return true
    }

    /// The store answered; whether it had been in trouble that was spoken of.
    package mutating func over() -> Bool {
        defer { self = Trouble() }
        return lastSaid != nil
    }
}
