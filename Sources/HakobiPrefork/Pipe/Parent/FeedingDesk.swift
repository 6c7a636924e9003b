import HakobiCore

/// One round of giving out jobs: who has room, and who is best for the next one.
///
/// A free slot goes before a place in a read-ahead, a newer generation before an older, an idle child before a busy one.
struct FeedingDesk {
    private struct Seat {
        let serial: Int
        let generation: Int
        let offers: [Kind: (place: UInt16, limits: TimeLimits)]
        var free: Int
        var room: Int
        var load: Int
        var bytes: Int
    }

    private var seats: [Seat] = []
    private let byteLimit: Int
    var batches: [Int: [Assignment]] = [:]

    init(_ children: [Int: ChildState], ahead: Int, most: Int, bytes: Int) {
        byteLimit = bytes
        for (serial, child) in children {
            let room = child.room(ahead: min(ahead * child.concurrency, most), bytes: bytes)
            guard room > 0 else { continue }
            seats.append(
                Seat(
                    serial: serial, generation: child.process.generation, offers: child.offers, free: child.freeSlots,
                    room: room, load: child.given.count, bytes: child.givenBytes))
        }
    }

    /// Nobody has room.
    var isClosed: Bool { seats.isEmpty }

    /// The child for a job, which now has a place less; `nil` when none with room knows its kind.
    mutating func place(_ parcel: Parcel) -> Int? {
        var best: Int?
        for index in seats.indices where best.map({ isBetter(seats[index], seats[$0]) }) ?? true {
            if seats[index].offers[parcel.job.kind] != nil { best = index }
        }
        guard let best else { return nil }
        seats[best].free -= 1
        seats[best].room -= 1
        seats[best].load += 1
        seats[best].bytes += parcel.bytes
        let seat = seats[best]
        // A free slot takes a job of any size; what only reads ahead must not fill the memory.
        if seat.room == 0 || seat.free <= 0 && seat.bytes > byteLimit { seats.remove(at: best) }
        return seat.serial
    }

    private func isBetter(_ one: Seat, _ other: Seat) -> Bool {
        if (one.free > 0) != (other.free > 0) { return one.free > 0 }
        if one.generation != other.generation { return one.generation > other.generation }
        return one.load < other.load
    }
}
