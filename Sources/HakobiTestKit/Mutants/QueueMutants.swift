internal import HakobiCore

extension StoreMutants {
    static let queues: [Mutant] = [
        Mutant("shares are ignored") { twin in
            bendShares(in: &twin) { shares, slots in shares.map { .init(queue: $0.queue, slots: slots) } }
        },
        Mutant("listed queues are served in reverse") { bendShares(in: &$0) { shares, _ in shares.reversed() } },
        Mutant("a share that is not used is lost") { claimEachShare(in: &$0) { share, left in min(share, left) } },
        Mutant("shares go beyond the slots") { claimEachShare(in: &$0) { share, _ in share } },
        Mutant("queues that are not listed are claimed") { $0.bendDemands { $0.queues = .all } },
        Mutant("paused queues are claimed") { twin in
            let paused = Notes<Set<QueueName>>([])
            twin.pause = { queue in paused.use { _ = $0.insert(queue) } }
            twin.resume = { queue in paused.use { _ = $0.remove(queue) } }
            twin.pausedQueues = { _ in paused.use { $0.sorted() } }
        },
        Mutant("a queue that was paused stays so") { $0.resume = { _ in } },
        Mutant("a pause takes running jobs from their holders") { twin in
            let (base, next) = (twin.base, twin.pause)
            twin.pause = { queue throws(StoreError) in
                try await next(queue)
                for owner in try await base.owners() { _ = try await base.rescue(Rescue(.owner(owner, running: []))) }
            }
        },
    ]

    private static func bendShares(
        in twin: inout Twin, _ bend: @escaping @Sendable ([Demand.Share], Int) -> [Demand.Share]
    ) {
        twin.bendDemands { demand in
            if case .listed(let shares) = demand.queues { demand.queues = .listed(bend(shares, demand.slots)) }
        }
    }

    /// One pass over the shares, and nothing after it.
    private static func claimEachShare(in twin: inout Twin, slots: @escaping @Sendable (Int, Int) -> Int) {
        let next = twin.claim
        twin.claim = { demand throws(StoreError) in
            guard case .listed(let shares) = demand.queues else { return try await next(demand) }
            var claimed: [ClaimedJob] = []
            for share in shares {
                let room = slots(share.slots, demand.slots - claimed.count)
                claimed += try await next(
                    Twin.bent(demand) { ($0.queues, $0.slots) = (.listed([share]), room) })
            }
            return claimed
        }
    }
}
