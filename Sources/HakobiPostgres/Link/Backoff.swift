/// How long to wait before the next try to connect: soon at first, then longer, never the same for everybody.
struct Backoff {
    static let shortest = Duration.milliseconds(50)
    /// Little beside the five seconds in which work must be as fast as before once a server is back.
    static let longest = Duration.seconds(2)

    private(set) var failures = 0

    /// After one more failure: at once the first time, then doubled each time, and between half and all of that, so that
    /// a fleet does not come back in one moment.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { failures += 1 }
        guard failures > 0 else { return .zero }
        let whole = min(Self.longest, Self.shortest * (1 << min(failures - 1, 10)))
        return whole * Double.random(in: 0.5...1, using: &generator)
    }

    mutating func reset() { failures = 0 }
}
