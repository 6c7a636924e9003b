/// A waiting job that may be taken.
struct Pick: Comparable {
    let lane: Int64
    let row: Int64
    let due: Int64

    /// The earlier due goes first, then the earlier inserted.
    static func < (left: Pick, right: Pick) -> Bool { (left.due, left.row) < (right.due, right.row) }
}

/// The jobs of several lanes in the order of claims: priority, then due time, then insertion.
///
/// Each lane is read in small pages from its head, so what is read in all is what is taken, plus a page a lane. Lanes of a
/// lower priority are not touched before those above are at their end.
struct LaneMerge {
    private struct Cursor {
        let lane: Int64
        var page: [Pick] = []
        var place = 0
        var isAtEnd = false

        var head: Pick? { place < page.count ? page[place] : nil }
    }

    /// Reads a lane on from `after`, at most so many.
    typealias Fetch<Failure: Error> = (_ lane: Int64, _ after: Pick?, _ limit: Int) throws(Failure) -> [Pick]

    /// Lanes that were read to their end: nothing more is due there.
    private(set) var exhausted: [Int64] = []
    private var levels: [[Int64]]
    private var cursors: [Cursor] = []
    /// Cursors with a head, smallest head first: a binary heap.
    private var heap: [Int] = []
    private let wanted: Int

    /// Merges `lanes`, of which about `wanted` jobs in all will be taken.
    init(lanes: [Lane], wanted: Int) {
        self.wanted = wanted
        var byPriority: [Int: [Int64]] = [:]
        for lane in lanes { byPriority[lane.priority, default: []].append(lane.number) }
        // The last is taken first.
        levels = byPriority.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The next job, if any is due.
    mutating func next<Failure: Error>(fetch: Fetch<Failure>) throws(Failure) -> Pick? {
        while heap.isEmpty {
            guard let lanes = levels.popLast() else { return nil }
            try open(lanes, fetch: fetch)
        }
        let first = heap[0]
        let pick = cursors[first].head
        cursors[first].place += 1
        if cursors[first].head == nil { try refill(first, fetch: fetch) }
        if cursors[first].head == nil { removeFirst() } else { siftDown() }
        return pick
    }

    private mutating func open<Failure: Error>(_ lanes: [Int64], fetch: Fetch<Failure>) throws(Failure) {
        cursors = lanes.map { Cursor(lane: $0) }
        for cursor in cursors.indices {
            try refill(cursor, fetch: fetch)
            if cursors[cursor].head != nil { push(cursor) }
        }
    }

    /// A lone lane is read in one go; of many, each is expected to give its part.
    private mutating func refill<Failure: Error>(_ index: Int, fetch: Fetch<Failure>) throws(Failure) {
        guard !cursors[index].isAtEnd else { return }
        let limit = max(cursors.count == 1 ? wanted : wanted / cursors.count, 4)
        let page = try fetch(cursors[index].lane, cursors[index].page.last, limit)
        cursors[index].page = page
        cursors[index].place = 0
        guard page.count < limit else { return }
        cursors[index].isAtEnd = true
        exhausted.append(cursors[index].lane)
    }

    // MARK: The heap

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        guard let first = cursors[left].head, let second = cursors[right].head else { return false }
        return first < second
    }

    private mutating func push(_ cursor: Int) {
        heap.append(cursor)
        var child = heap.count - 1
        while child > 0, isBefore(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown()
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(heap[child], heap[least])
            {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
