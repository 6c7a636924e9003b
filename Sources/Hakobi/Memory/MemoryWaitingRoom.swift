internal import HakobiCore

/// Where available jobs wait: one heap for each lane at each priority, ordered by due time and then by insertion.
///
/// The head of a heap is its earliest due job, so a claim looks at heads only: what is in the future, of an unknown kind or
/// in a paused queue is never walked past. A job that left by another way than a claim, or whose due time changed, leaves
/// an entry behind that its row no longer knows; it is dropped when it comes to the head.
struct MemoryWaitingRoom {
    /// Jobs that are claimed alike.
    struct Lane: Hashable {
        let queue: QueueName
        let kind: Kind
        let isSuspect: Bool
    }

    /// One waiting job.
    struct Entry: Comparable {
        let due: Timestamp
        let number: Int64
        let ticket: Int64
        let job: JobID

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.number) < (right.due, right.number) }
    }

    private var levels = [[Lane: MemoryHeap<Entry>]](repeating: [:], count: 10)
    private var lastTicket: Int64 = 0

    /// Takes a row in, and answers the ticket of its entry.
    mutating func add(_ row: MemoryRow) -> Int64 {
        lastTicket += 1
        let record = row.record
        let lane = Lane(queue: record.queue, kind: record.kind, isSuspect: record.isSuspect)
        levels[record.priority][lane, default: MemoryHeap()]
            .insert(Entry(due: record.dueAt, number: row.number, ticket: lastTicket, job: record.id))
        return lastTicket
    }

    /// Removes and answers the first `count` due jobs of the chosen lanes that still wait.
    mutating func take(
        _ count: Int, dueBy now: Timestamp, from isChosen: (Lane) -> Bool, ifStill isWaiting: (Entry) -> Bool
    ) -> [JobID] {
        var taken: [JobID] = []
        for level in levels.indices.reversed() where taken.count < count {
            let lanes = levels[level].keys.filter(isChosen)
            while taken.count < count, let lane = earliest(of: lanes, at: level, dueBy: now) {
                let entry = removeHead(of: lane, at: level)
                if isWaiting(entry) { taken.append(entry.job) }
            }
        }
        return taken
    }

    private func earliest(of lanes: [Lane], at level: Int, dueBy now: Timestamp) -> Lane? {
        var best: (lane: Lane, entry: Entry)?
        for lane in lanes {
            guard let head = levels[level][lane]?.first, head.due <= now else { continue }
            if let known = best, known.entry < head { continue }
            best = (lane, head)
        }
        return best?.lane
    }

    private mutating func removeHead(of lane: Lane, at level: Int) -> Entry {
        guard let entry = levels[level][lane]?.first else { preconditionFailure("a chosen lane has a head") }
        levels[level][lane]?.removeFirst()
        if levels[level][lane]?.isEmpty == true { levels[level][lane] = nil }
        return entry
    }
}
