internal import HakobiCore

/// How much to read of each lane, so that what is read in all is about what is taken.
///
/// A lone lane is read as far as is wanted. Of several, each is expected to give about what it gave last time; whoever gives
/// less than it was asked for has no more. Too small a guess costs another round, never the order.
struct ClaimPlan {
    /// What lanes gave when they were last asked.
    private var gave: [Int32: Int] = [:]

    /// The limit of each lane when `wanted` are wanted in all.
    func limits(_ lanes: [Int32], wanted: Int, isAgain: Bool) -> [Int32] {
        guard lanes.count > 1 else { return lanes.map { _ in Int32(clamping: wanted) } }
        let share = wanted / lanes.count
        return lanes.map { lane in
            let guess = isAgain ? wanted : gave[lane].map { $0 + $0 / 2 } ?? share
            return Int32(clamping: min(wanted, max(8, guess)))
        }
    }

    /// What a claim brought.
    mutating func learn(_ lanes: [Int32], _ counts: [Int32: Int]) {
        guard lanes.count > 1 else { return }
        for lane in lanes { gave[lane] = counts[lane] ?? 0 }
    }
}

/// How often everything is looked at from the bottom: at once when a claim finds too little, as long as that costs next to
/// nothing; where a held snapshot keeps many dead entries in the index, at most a twentieth of the time.
struct LookPace {
    private var last: ContinuousClock.Instant?
    private var cost = Duration.zero

    /// A look whose turn has come whether or not anything is missing.
    func isDue(at now: ContinuousClock.Instant) -> Bool {
        guard let last else { return true }
        return now >= last + max(.seconds(1), cost * 20)
    }

    /// A look because something may be missing.
    func isAllowed(at now: ContinuousClock.Instant) -> Bool {
        guard let last else { return true }
        return now >= last + cost * 20
    }

    mutating func looked(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        last = end
        cost = end - start
    }
}
