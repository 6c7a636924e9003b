package import HakobiCore

/// Which queues' backlogs have been growing for a whole interval. Pure.
///
/// The interval is cut into fifths, and of each the lowest depth is kept: a backlog grows when each fifth's is above the
/// one before. So neither a burst that is being worked off counts as growth, nor one high look among low ones.
package struct BacklogWatch: Sendable {
    /// What a look sees of one queue.
    package struct Depth: Sendable, Hashable {
        /// Due and waiting.
        package var waiting: Int
        /// How long the oldest of them has been due.
        package var oldest: Duration?
    }

    /// A queue that grows.
    package struct Growth: Sendable, Hashable {
        package let queue: QueueName
        package let depth: Depth
        package let perMinute: Double
        /// To be told now: the first time, and once an interval from then on.
        package let isDue: Bool
    }

    /// The lowest depth of one fifth of the interval.
    fileprivate struct Fifth: Sendable {
        let number: Int
        var lowest: Int
    }

    fileprivate struct History: Sendable {
        var fifths: [Fifth] = []
        var toldAt: Duration?
    }

    private static let parts = 5
    private let interval: Duration
    private var histories: [QueueName: History] = [:]

    /// Zero is off.
    package init(interval: Duration) { self.interval = interval }

    /// Takes in one look at all queues, and answers which have been growing, by name. A queue that is not in `depths` is
    /// forgotten; looks further apart than a fifth start anew.
    package mutating func look(_ depths: [QueueName: Depth], now: Duration) -> [Growth] {
        guard interval > .zero else { return [] }
        histories = histories.filter { depths[$0.key] != nil }
        let number = Int(now.wholeMicroseconds / max(1, (interval / Self.parts).wholeMicroseconds))
        return depths.sorted { $0.key < $1.key }.compactMap { queue, depth in
            var history = histories[queue] ?? History()
            history.take(depth.waiting, in: number)
            defer { histories[queue] = history }
            guard let gain = history.gain(over: Self.parts) else { return nil }
            let isDue = history.toldAt.map { now - $0 >= interval } ?? true
            if isDue { history.toldAt = now }
            let minutes = Double((interval / Self.parts * (Self.parts - 1)).wholeMicroseconds) / 60_000_000
            return Growth(queue: queue, depth: depth, perMinute: Double(gain) / minutes, isDue: isDue)
        }
    }
}

extension BacklogWatch.History {
    fileprivate mutating func take(_ waiting: Int, in number: Int) {
        if let last = fifths.last, last.number == number {
            fifths[fifths.count - 1].lowest = min(last.lowest, waiting)
        } else {
            if let last = fifths.last, last.number + 1 != number { fifths.removeAll() }
            fifths.append(BacklogWatch.Fifth(number: number, lowest: waiting))
        }
    }

    /// By how much it has grown from the first to the last of the whole fifths; `nil` when it has not, or nobody knows yet.
    fileprivate mutating func gain(over parts: Int) -> Int? {
        if fifths.count > parts + 1 { fifths.removeFirst(fifths.count - parts - 1) }
        guard fifths.count == parts + 1 else { return nil }
        guard zip(fifths, fifths.dropFirst()).allSatisfy({ $0.lowest < $1.lowest }) else { return nil }
        return fifths[parts - 1].lowest - fifths[0].lowest
    }
}

extension BacklogWatch {
    /// The depth of each queue that is not paused: to let a paused one grow is somebody's will.
    package static func depths(of lanes: [StoreStats.Lane]) -> [QueueName: Depth] {
        lanes.filter { !$0.isPaused }.reduce(into: [:]) { depths, lane in
            var depth = depths[lane.queue] ?? Depth(waiting: 0)
            depth.waiting += lane.ready
            depth.oldest = [depth.oldest, lane.oldestReady].compactMap { $0 }.max()
            depths[lane.queue] = depth
        }
    }

    /// What a person may do about growth, from what this worker has.
    static func advice(busy: Int, slots: Int) -> String {
        if slots == 0 { return "no slot is ready: look at the lines before this one" }
        if busy * 2 < slots {
            return "slots are idle beside it: look for a kind without a handler (hakobi queues), or a slow store"
        }
        return "the slots are busy: add processes while there are cores (--processes, TTIN), else a host, or make the "
            + "handlers faster"
    }
}
