/// One line an interval about a server that is away, and one when it is back.
package struct TroubleNotice {
    package static let interval = Duration.seconds(30)

    private var since: ContinuousClock.Instant?
    private var lastLine: ContinuousClock.Instant?
    private var tries = 0
    /// A line about this trouble has been written.
    private var isKnown = false

    package init() {}

    /// The line to write now, if it is time for one.
    package mutating func trouble(_ sentence: String, at now: ContinuousClock.Instant) -> String? {
        tries += 1
        let start = since ?? now
        since = start
        if let lastLine, now < lastLine + Self.interval { return nil }
        lastLine = now
        isKnown = true
        guard tries > 1 else { return "\(sentence); connecting again" }
        return "\(sentence); not connected for \(start.duration(to: now).components.seconds) s, \(tries) tries"
    }

    /// The line to write when there was trouble that somebody has read of.
    package mutating func recovered(at now: ContinuousClock.Instant) -> String? {
        defer {
            since = nil
            tries = 0
            isKnown = false
        }
        guard let since, isKnown else { return nil }
        return "connected again after \(since.duration(to: now).wholeMilliseconds) ms"
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
