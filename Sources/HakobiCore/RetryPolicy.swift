/// How long a failed job waits: failures in, delay out. Pure; jitter comes from the caller's generator.
public struct RetryPolicy: Sendable {
    /// Delay by the number of failures so far (1 after the first), before jitter; `nil` gives up.
    public let baseDelay: @Sendable (_ failures: Int) -> Duration?
    /// Up to this share of the base delay is added at random, so that what failed together does not return together.
    public let jitter: Double

    /// `first`, then `factor` times more after each failure, up to `cap`, plus up to `jitter` of it at random.
    ///
    /// Additive and never below the base: a herd thins out without any member coming back early.
    public static func exponential(
        first: Duration = .seconds(3), factor: Double = 3, cap: Duration = .seconds(21_600), jitter: Double = 0.25
    ) -> RetryPolicy {
        RetryPolicy(jitter: jitter) { failures in
            var delay = first
            for _ in 1..<max(1, failures) where delay < cap { delay = delay * factor }
            return min(delay, cap)
        }
    }

    /// The same delay each time.
    public static func constant(_ delay: Duration, jitter: Double = 0) -> RetryPolicy {
        RetryPolicy(jitter: jitter) { _ in delay }
    }

    /// Dead at the first failure.
    public static let never = RetryPolicy(jitter: 0) { _ in nil }

    /// Any rule of one's own.
    public init(jitter: Double = 0, _ baseDelay: @escaping @Sendable (_ failures: Int) -> Duration?) {
        self.jitter = jitter
        self.baseDelay = baseDelay
    }

    /// What happens after failure number `failures` (from 1) of a job that is dead at `maxFailures`.
    public func decide(
        failures: Int, maxFailures: Int, using generator: inout some RandomNumberGenerator
    ) -> Retry {
        guard failures < maxFailures, let base = baseDelay(failures) else { return .never }
        return .after(base + base * (jitter > 0 ? Double.random(in: 0...jitter, using: &generator) : 0))
    }
}
