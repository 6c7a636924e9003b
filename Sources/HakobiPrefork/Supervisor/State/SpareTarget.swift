/// How many processes the spare mode wants: up at once when idle ones are short, down only after a surplus that lasted.
struct SpareTarget: Sendable {
    /// A surplus younger than this is a gap between jobs, not idleness.
    static let patience = Duration.seconds(1)

    private(set) var target: Int
    private var surplusSince: Duration?

    init(startingWith target: Int) {
        self.target = target
    }

    /// - Parameters:
    ///   - alive: processes that are or will be ready.
    ///   - busy: how many of them are at work.
    mutating func update(alive: Int, busy: Int, spare: ClosedRange<Int>, most: Int, now: Duration) {
        let idle = max(0, alive - busy)
        if idle < spare.lowerBound {
            target = min(most, max(target, alive) + spare.lowerBound - idle)
            surplusSince = nil
        } else if idle > spare.upperBound {
            let since = surplusSince ?? now
            surplusSince = since
            guard now - since >= Self.patience else { return }
            target = max(spare.lowerBound, min(target, alive) - (idle - spare.upperBound))
            surplusSince = nil
        } else {
            surplusSince = nil
        }
        target = min(target, most)
    }

    /// When to look again, if there is a surplus.
    var deadline: Duration? { surplusSince.map { $0 + Self.patience } }
}
