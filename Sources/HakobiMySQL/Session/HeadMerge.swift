/// The heads of several lanes in the order of claims: priority, then due time, then row.
struct HeadMerge {
    struct Head {
        let place: Int64
        let point: Point
        let priority: Int

        static func isBefore(_ left: Head, _ right: Head) -> Bool {
            left.priority == right.priority ? left.point < right.point : left.priority > right.priority
        }
    }

    private let priorities: [Int64: Int]
    private let limit: Int
    private var heads: [Head] = []
    private var counts: [Int64: Int] = [:]
    private var lasts: [Int64: Head] = [:]

    /// Each lane was read up to `limit`.
    init(priorities: [Int64: Int], limit: Int) {
        self.priorities = priorities
        self.limit = limit
    }

    mutating func add(place: Int64, _ point: Point) {
        let head = Head(place: place, point: point, priority: priorities[place] ?? 0)
        heads.append(head)
        counts[place, default: 0] += 1
        if let last = lasts[place], !Head.isBefore(last, head) { return }
        lasts[place] = head
    }

    /// The first so many, as far as their order is known, and whether there may be more of them.
    func first(_ wanted: Int) -> (heads: [Head], isCut: Bool) {
        let sorted = heads.sorted(by: Head.isBefore)
        let cut = lasts.filter { counts[$0.key] == limit }.values.min(by: Head.isBefore)
        guard let cut else { return (Array(sorted.prefix(wanted)), false) }
        let known = sorted.prefix { !Head.isBefore(cut, $0) }
        return (Array(known.prefix(wanted)), true)
    }
}
