/// A store's time, as the two readings it is made of; handed in, so that tests move it by hand.
///
/// Due times and ages are moments a person reads, so they follow the wall clock, steps included. Leases measure how long
/// somebody has been silent, so they follow a clock that a step does not move: setting the clock back must not keep a dead
/// worker's jobs, and setting it forward must not take a live one's.
public struct StoreClock: Sendable {
    /// The moment it is now.
    public let wall: @Sendable () -> Timestamp
    /// Time since some fixed point; never goes back, never jumps, goes on while the host sleeps.
    public let steady: @Sendable () -> Duration

    /// Both readings of one clock.
    public init(wall: @escaping @Sendable () -> Timestamp, steady: @escaping @Sendable () -> Duration) {
        self.wall = wall
        self.steady = steady
    }
}
