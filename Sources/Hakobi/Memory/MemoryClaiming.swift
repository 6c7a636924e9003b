internal import HakobiCore

extension MemoryLedger {
    /// Ordinary jobs for the slots, then suspects for the lonely slots.
    mutating func claim(_ demand: Demand, at now: MemoryMoment) -> [ClaimedJob] {
        let ordinary = choose(demand.slots, demand: demand, suspects: false, at: now)
        let suspects = choose(demand.lonelySlots, demand: demand, suspects: true, at: now)
        return (ordinary + suspects).compactMap { start($0, for: demand, at: now) }
    }

    private mutating func choose(
        _ count: Int, demand: Demand, suspects: Bool, at now: MemoryMoment
    ) -> [JobID] {
        let kinds = Set(demand.kinds)
        var chosen: [JobID] = []
        for pass in demand.queues.passes(suspects: suspects) {
            let room = pass.most(of: count - chosen.count)
            chosen += take(room, kinds: kinds, queue: pass.queue, suspects: suspects, at: now)
        }
        return chosen
    }

    private mutating func take(
        _ count: Int, kinds: Set<Kind>, queue: QueueName?, suspects: Bool, at now: MemoryMoment
    ) -> [JobID] {
        guard count > 0 else { return [] }
        let (rows, paused) = (rows, paused)
        return waiting.take(count, dueBy: now.wall) { lane in
            lane.isSuspect == suspects && (queue == nil || lane.queue == queue) && kinds.contains(lane.kind)
                && !paused.contains(lane.queue)
        } ifStill: { entry in
            guard let row = rows[entry.job] else { return false }
            return row.record.state == .available && row.ticket == entry.ticket
        }
    }

    private mutating func start(_ job: JobID, for demand: Demand, at now: MemoryMoment) -> ClaimedJob? {
        guard var row = rows[job] else { return nil }
        row.record.state = .running
        row.record.attempt += 1
        row.record.owner = demand.owner
        row.leaseEnd = now.steady + demand.lease
        row.claimedAt = now.wall
        keep(row)
        return ClaimedJob(row, owner: demand.owner)
    }
}

extension ClaimedJob {
    init(_ row: MemoryRow, owner: Owner) {
        let record = row.record
        self.init(
            lease: row.lease(of: owner), kind: record.kind, queue: record.queue, payload: record.payload,
            priority: record.priority, failures: record.failures, crashes: record.crashes,
            maxFailures: record.maxFailures, limits: record.limits, metadata: record.metadata,
            checkpoint: record.checkpoint, isSuspect: record.isSuspect, createdAt: record.createdAt,
            dueAt: record.dueAt, claimedAt: row.claimedAt)
    }
}
