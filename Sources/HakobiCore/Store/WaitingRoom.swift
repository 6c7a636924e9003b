/// Where available jobs wait in a process's memory: one heap for each lane at each priority, ordered by due time and then
/// by insertion.
///
/// The head of a heap is its earliest due job, so a claim looks at heads only: what is in the future, of an unknown kind or
/// in a paused queue is never walked past. A job that left by another way than a claim, or whose due time changed, leaves
/// an entry behind that its row no longer knows; it is dropped when it comes to the head.
package struct WaitingRoom {
    /// Jobs that are claimed alike.
    package struct Lane: Hashable, Sendable {
        package let queue: QueueName
        package let kind: Kind
        package let isSuspect: Bool

        package init(queue: QueueName, kind: Kind, isSuspect: Bool) {
            self.queue = queue
            self.kind = kind
            self.isSuspect = isSuspect
        }
    }

    /// The order of insertion: by the first, then by the second.
    package struct Order: Comparable, Sendable {
        let first: Int64
        let second: Int64

        package init(_ first: Int64, _ second: Int64 = 0) {
            self.first = first
            self.second = second
        }

        package static func < (left: Order, right: Order) -> Bool {
            (left.first, left.second) < (right.first, right.second)
        }
    }

    /// One waiting job.
    package struct Entry: Comparable, Sendable {
        package let due: Timestamp
        package let order: Order
        package let ticket: Int64
        package let job: JobID

        package static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.order) < (right.due, right.order)
        }
    }

    private var levels = [[Lane: Heap<Entry>]](repeating: [:], count: 10)
    private var lastTicket: Int64 = 0

    package init() {}

    /// Takes a job in, and answers the ticket of its entry. Its priority is 0 to 9.
    package mutating func add(_ job: JobID, to lane: Lane, priority: Int, due: Timestamp, order: Order) -> Int64 {
        lastTicket += 1
        levels[priority][lane, default: Heap()]
            .insert(Entry(due: due, order: order, ticket: lastTicket, job: job))
        return lastTicket
    }

    /// Removes and answers the first `count` due jobs of the chosen lanes that still wait.
    package mutating func take(
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
