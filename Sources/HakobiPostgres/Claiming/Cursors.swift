internal import HakobiCore
internal import Synchronization

/// A place in the order of one lane.
struct Place: Comparable, Sendable {
    var due: Int64
    var row: Int64

    static let start = Place(due: .min, row: .min)

    static func < (left: Place, right: Place) -> Bool { (left.due, left.row) < (right.due, right.row) }
}

/// Where to begin looking in each lane, so that what others left dead in the index is not walked over at every claim: while
/// a snapshot is held, nobody may remove it.
///
/// Only a hint: what lies below is looked at now and then. What this process itself makes available lowers the cursors at
/// once; what comes from elsewhere and commits late is found by those looks.
struct LaneCursors {
    private var places: [Int32: Place] = [:]
    /// Lowered while a claim was under way, which knew nothing of it yet.
    private var lowered: [Int32: Int64]?

    /// A transaction that began so much before a claim may commit after it without anybody having to look twice.
    static let slack: Int64 = 250_000

    /// Where a claim begins.
    subscript(lane: Int32) -> Place { places[lane] ?? .start }

    /// A claim begins.
    mutating func begin() { lowered = [:] }

    /// The claim has taken everything in `lane` up to `last`, at the moment `now`.
    mutating func passed(_ lane: Int32, to last: Place, at now: Int64) {
        places[lane] = max(self[lane], min(last, Self.bound(now)))
    }

    /// The claim has taken everything in `lane` that was due at the moment `now`.
    mutating func emptied(_ lane: Int32, at now: Int64) {
        places[lane] = max(self[lane], Self.bound(now))
    }

    /// A look at `lane` from `start` on, at the moment `now`, has met `head` first, or nothing. Whether claims from here on
    /// would have missed it. A look from the bottom also takes a cursor back that is ahead of the clock.
    mutating func looked(_ lane: Int32, from start: Int64, head: Place?, at now: Int64) -> Bool {
        let place = head.map { Place(due: $0.due, row: $0.row &- 1) }
        let isMissed = place.map { $0 < self[lane] } ?? false
        if start == .min {
            places[lane] = min(place ?? Self.bound(now), Self.bound(now))
        } else if isMissed {
            places[lane] = place
        }
        return isMissed
    }

    /// The next claim begins at the bottom.
    mutating func forget(_ lane: Int32) { places[lane] = nil }

    /// The claim is over.
    mutating func end() {
        for (lane, due) in lowered ?? [:] { lower(lane, to: due) }
        lowered = nil
    }

    /// Something is available in `lane` from `due` on.
    mutating func lower(_ lane: Int32, to due: Int64) {
        if let known = lowered { lowered?[lane] = min(due, known[lane] ?? .max) }
        guard let place = places[lane], place.due >= due else { return }
        places[lane] = Place(due: due, row: .min)
    }

    /// The next claim looks at everything.
    mutating func reset() { places = [:] }

    private static func bound(_ now: Int64) -> Place { Place(due: now &- slack, row: .min) }
}
