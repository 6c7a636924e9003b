/// How far below the cursors a look goes.
enum LookDepth {
    /// The last ten seconds: whoever enqueues within a transaction of their own has mostly committed by then.
    case near
    case all

    /// Where it begins, at the moment `now`.
    func start(at now: Int64) -> Int64 { self == .all ? .min : now &- 10_000_000 }
}

/// How often one kind of look is taken: as long as it costs next to nothing, whenever it may be of use; where a held
/// snapshot keeps many dead entries in the index, for a hundredth of the time.
struct LookPace {
    private var last: ContinuousClock.Instant?
    /// Of the last two. The cheaper one counts: a server that was slow once is not a long way to look.
    private var costs: [Duration] = []

    /// The time from one to the next. What takes no longer than asking anything at all may be asked more often.
    var pause: Duration {
        let cost = costs.min() ?? .zero
        return cost * (cost < .microseconds(500) ? 20 : 100)
    }

    /// Its turn has come whether or not anything is missing.
    func isDue(at now: ContinuousClock.Instant) -> Bool { last.map { now >= $0 + max(.seconds(1), pause) } ?? true }

    /// It may be taken because something may be missing.
    func isAllowed(at now: ContinuousClock.Instant) -> Bool { last.map { now >= $0 + pause } ?? true }

    mutating func looked(at now: ContinuousClock.Instant, cost: Duration) {
        last = now
        costs = costs.suffix(1) + [cost]
    }
}

/// When which look is taken.
struct Looks {
    private var all = LookPace()
    private var near = LookPace()

    /// The look whose turn it is. Short looks fill the time between the long ones, once those are rare.
    func next(at now: ContinuousClock.Instant, isShort: Bool) -> LookDepth? {
        if all.isDue(at: now) || isShort && all.isAllowed(at: now) { return .all }
        guard all.pause > .seconds(1) else { return nil }
        return near.isDue(at: now) || isShort && near.isAllowed(at: now) ? .near : nil
    }

    mutating func looked(_ depth: LookDepth, at now: ContinuousClock.Instant, cost: Duration) {
        switch depth {
        case .near: near.looked(at: now, cost: cost)
        case .all: all.looked(at: now, cost: cost)
        }
    }
}
