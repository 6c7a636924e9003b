import HakobiCore

/// Weights to shares: how many of the slots asked for go to each queue first.
///
/// Each queue earns credit in proportion to its weight and pays for what was claimed from it, so weights hold over many
/// small claims as over one large one. Credit is capped at one full demand: a queue that was empty for an hour does not
/// then shut the others out.
struct QueueShares: Sendable {
    private let weights: [WorkerSettings.WeightedQueue]
    private var credits: [Double]

    init(_ weights: [WorkerSettings.WeightedQueue]) {
        self.weights = weights
        credits = Array(repeating: 0, count: weights.count)
    }

    /// The shares of a demand for `slots` jobs, richest queue first.
    mutating func divide(_ slots: Int) -> Demand.Queues {
        guard !weights.isEmpty else { return .all }
        let total = Double(weights.reduce(0) { $0 + $1.weight })
        for index in weights.indices {
            let earned = Double(slots * weights[index].weight) / total
            credits[index] = min(credits[index] + earned, Double(slots) + earned)
        }
        let order = weights.indices.sorted { credits[$0] == credits[$1] ? $0 < $1 : credits[$0] > credits[$1] }
        var left = slots
        return .listed(
            order.map { index in
                let share = min(left, max(0, Int(credits[index].rounded())))
                left -= share
                return Demand.Share(queue: weights[index].queue, slots: share)
            })
    }

    /// What was claimed is paid for.
    mutating func claimed(_ jobs: [ClaimedJob]) {
        guard !weights.isEmpty else { return }
        for job in jobs {
            guard let index = weights.firstIndex(where: { $0.queue == job.queue }) else { continue }
            credits[index] = max(-Double(weights[index].weight), credits[index] - 1)
        }
    }
}
