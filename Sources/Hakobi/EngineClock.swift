/// The engine's monotonic time: a reading and a sleep, so that tests move it by hand.
///
/// Never a wall clock: deadlines of leases, limits and drains must not move when somebody sets the date.
public struct EngineClock: Sendable {
    /// Time since some fixed moment.
    package let now: @Sendable () -> Duration
    /// Suspends for a duration; throws when cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    /// Reads any clock whose instants are measured in `Duration`.
    public init<C: Clock<Duration>>(_ clock: C) {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    }

    /// The machine's own clock, which goes on while the machine sleeps: as leases do.
    public static let system = EngineClock(ContinuousClock())
}
