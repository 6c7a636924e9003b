import HakobiCore

/// How many jobs to take ahead of free slots: about `time` of measured work, none when a job takes longer than that.
struct Prefetch: Sendable {
    private let time: Duration
    private let limit: Int
    /// Seconds a job takes, as a moving average; `nil` until one has ended.
    private var mean: Double?

    init(time: Duration, limit: Int) {
        self.time = time
        self.limit = limit
    }

    mutating func measured(_ settlements: [Settlement]) {
        let ran = settlements.lazy.filter { $0.outcome != .returned }.map { $0.report.ran / .seconds(1) }
        let count = ran.count
        guard count > 0 else { return }
        let sample = ran.reduce(0, +) / Double(count)
        // A large batch says more than a small one; a single slow job must still be felt at once.
        let weight = max(0.2, min(1, Double(count) / 50))
        mean = mean.map { $0 + (sample - $0) * weight } ?? sample
    }

    func jobs(slots: Int) -> Int {
        guard let mean, limit > 0 else { return 0 }
        let budget = time / .seconds(1)
        guard mean < budget else { return 0 }
        return Int(min(Double(limit), budget / max(mean, 1e-7) * Double(slots)))
    }
}
