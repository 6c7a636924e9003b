package import HakobiCore

/// Claims that get into each other's way.
package enum ClaimRace {
    /// What several stores on the same tables claim at once, two claimers each, ten jobs at a time, until nothing is left.
    package static func jobs(claimedBy stores: [any JobStore], kind: Kind) async throws -> [JobID] {
        try await withThrowingTaskGroup(of: [JobID].self) { group in
            for (number, store) in stores.enumerated() {
                for turn in 0..<2 {
                    group.addTask {
                        let demand = Demand(
                            queues: .all, kinds: [kind], slots: 10, lonelySlots: 0, lease: .seconds(60),
                            owner: Owner(node: "race \(number) \(turn)", boot: "b", incarnation: "i"))
                        var mine: [JobID] = []
                        while case let more = try await store.claim(demand), !more.isEmpty {
                            mine += more.map(\.lease.job)
                        }
                        return mine
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
