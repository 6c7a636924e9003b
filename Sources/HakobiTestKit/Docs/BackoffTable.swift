internal import HakobiCore

/// The delays of the default retry policy as a page for people, computed from the policy itself.
package enum BackoffTable {
    /// The whole page, as `docs/backoff.md` holds it.
    package static var page: String {
        let policy = RetryPolicy.exponential()
        return """
            # How long a failed job waits

            The default policy, `RetryPolicy.exponential()`, for a job that is dead at its \(Defaults.maxFailures)th failure
            (`Defaults.maxFailures`). The delay starts at 3 s, grows threefold after each failure up to 6 h, and up to a
            quarter of it is added at random, so that what failed together does not come back together. It is never shorter
            than the base. Counted by the store's clock from the moment the failure is settled.

            | failure | base delay | with jitter | all delays so far |
            |---:|---:|---|---|
            \(rows(of: policy).joined(separator: "\n"))

            This page is generated; a test compares it with the policy and rewrites it with `HAKOBI_UPDATE_DOCS=1`.

            """
    }

    private static func rows(of policy: RetryPolicy) -> [String] {
        var shortest = Duration.zero
        var longest = Duration.zero
        return (1...Defaults.maxFailures).map { failure in
            guard failure < Defaults.maxFailures, let base = policy.baseDelay(failure) else {
                return "| \(failure) | dead | | |"
            }
            let most = base + base * policy.jitter
            shortest += base
            longest += most
            return "| \(failure) | \(text(base)) | \(range(base, most)) | \(range(shortest, longest)) |"
        }
    }

    private static func range(_ from: Duration, _ to: Duration) -> String { "\(text(from)) to \(text(to))" }

    /// The two largest units that are not zero, as in `1 h 12 min`; tenths of a second below a minute.
    private static func text(_ duration: Duration) -> String {
        let tenths = duration.wholeMicroseconds / 100_000
        if tenths < 600 { return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s" }
        let seconds = tenths / 10
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
        return parts.filter { $0.0 > 0 }.prefix(2).map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
