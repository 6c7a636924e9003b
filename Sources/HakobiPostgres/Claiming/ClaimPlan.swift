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
