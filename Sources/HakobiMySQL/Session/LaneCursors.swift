/// A point in the order of one lane.
struct Point: Comparable, Sendable {
    var moment: Int64
    var row: Int64

    static let start = Point(moment: .min, row: -1)

    static func < (left: Point, right: Point) -> Bool { (left.moment, left.row) < (right.moment, right.row) }
}

/// Where to begin looking in each lane, so that what others left dead in the index is not walked over at every claim.
///
/// Only a hint: everything below is looked at again now and then. What this process itself makes available lowers the
/// cursors at once; what comes from elsewhere and commits late is found by those looks.
struct LaneCursors {
    private var points: [Int64: Point] = [:]
    /// Lowered while a claim was under way, which knew nothing of it yet.
    private var lowered: [Int64: Int64]?

    /// A transaction that began so much before a claim may commit after it without anybody having to look twice.
    static let slack: Int64 = 250_000

    /// Where a claim begins.
    subscript(place: Int64) -> Point { points[place] ?? .start }

    /// Claims begin at the bottom again.
    mutating func forget() { points = [:] }

    /// A claim begins; `isFull`: from the bottom.
    mutating func begin(isFull: Bool) {
        if isFull { forget() }
        lowered = [:]
    }

    /// The claim has taken everything in `place` up to `last`, at the moment `now`.
    mutating func passed(_ place: Int64, to last: Point, at now: Int64) {
        let bound = Point(moment: now &- Self.slack, row: -1)
        points[place] = max(self[place], min(last, bound))
    }

    /// The claim is over.
    mutating func end() {
        for (place, due) in lowered ?? [:] { lower(place, to: due) }
        lowered = nil
    }

    /// Something is available in `place` from `due` on.
    mutating func lower(_ place: Int64, to due: Int64) {
        if let known = lowered { lowered?[place] = min(due, known[place] ?? .max) }
        guard let point = points[place], point.moment >= due else { return }
        points[place] = Point(moment: due, row: -1)
    }
}

/// How often claims begin at the bottom: about each second, and more rarely when that has become expensive.
struct Pace {
    private static let interval = Duration.seconds(1)
    private static let shortest = Duration.milliseconds(20)
    private var due = ContinuousClock.now
    private var allowed = ContinuousClock.now
    private var slowUntil = ContinuousClock.now
    private static let slow = Duration.milliseconds(1)

    func isDue(at now: ContinuousClock.Instant) -> Bool { now >= due }

    /// Whether a look may be taken although it is not due.
    func isAllowed(at now: ContinuousClock.Instant) -> Bool { now >= allowed }

    /// Whether there are many dead entries in the way: those a range of an index is followed by count as well.
    func isSlow(at now: ContinuousClock.Instant) -> Bool { now < slowUntil }

    /// A claim found nothing. When that took longer than a millisecond (some 3,000 dead entries), it is not tried again for a
    /// thousand times as long, a minute at most.
    mutating func foundNothing(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        let cost = start.duration(to: end)
        if cost > Self.slow { slowUntil = end + min(cost * 1000, .seconds(60)) }
    }

    /// A look was taken; a twentieth of the time is spent on looks at most.
    mutating func looked(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        let cost = start.duration(to: end) * 20
        due = end + max(Self.interval, cost)
        allowed = end + max(Self.shortest, cost)
    }
}
