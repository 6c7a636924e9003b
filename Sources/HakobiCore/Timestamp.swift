/// A moment as whole microseconds since 1970-01-01T00:00:00 UTC: what every store keeps exactly.
///
/// `Date` appears only at the edges; a `Double` of seconds cannot hold today's microseconds without rounding.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970 UTC; negative before it.
    public var microseconds: Int64

    /// Wraps a count of microseconds since 1970 UTC.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The moment `duration` later. Saturates instead of overflowing, so "in 300,000 years" sorts last and harms nobody.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = moment.microseconds.addingReportingOverflow(duration.wholeMicroseconds)
        return Timestamp(microseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The moment `duration` earlier; saturates like `+`.
    public static func - (moment: Timestamp, duration: Duration) -> Timestamp { moment + (.zero - duration) }

    /// The time from `earlier` to `later`; negative when the order is reversed.
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }

    /// Earlier moments sort first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
}

extension Duration {
    /// This duration in whole microseconds, rounded towards zero and saturated at the ends of `Int64`.
    package var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, second) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return second ? (seconds < 0 ? .min : .max) : sum
    }
}
