/// How long to wait before the next try to connect: soon at first, then longer, never the same for everybody.
package struct Backoff {
    package static let shortest = Duration.milliseconds(50)
    /// Little beside the five seconds in which work must be as fast as before once a server is back.
    package static let longest = Duration.seconds(2)

    package private(set) var failures = 0

    package init() {}

    /// After one more failure: at once the first time, then doubled each time, and between half and all of that, so that
    /// a fleet does not come back in one moment.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { failures += 1 }
        guard failures > 0 else { return .zero }
        let whole = min(Self.longest, Self.shortest * (1 << min(failures - 1, 10)))
        return whole * Double.random(in: 0.5...1, using: &generator)
    }

    package mutating func reset() { failures = 0 }
}
