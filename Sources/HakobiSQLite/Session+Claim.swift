internal import HakobiCore

extension Session {
    /// Ordinary jobs for the slots, then suspects for the lonely slots.
    func claim(_ demand: Demand) throws(StoreError) -> [ClaimedJob] {
        guard demand.slots > 0 || demand.lonelySlots > 0 else { return [] }
        let kinds = try numbers(of: demand.kinds)
        guard !kinds.isEmpty else { return [] }
        try writeTallies()
        let paused = Set(try connection.prepare(.pausedNumbers).all { row in row.int(0) })
        var picks: [Pick] = []
        for isLonely in [false, true] {
            let wanted = isLonely ? demand.lonelySlots : demand.slots
            guard wanted > 0 else { continue }
            let lanes = try openLanes(isLonely: isLonely).filter {
                kinds.contains($0.kindNumber) && !paused.contains($0.queueNumber)
            }
            guard !lanes.isEmpty else { continue }
            picks += try choose(wanted, from: lanes, demand.queues, suspects: isLonely)
        }
        return try start(picks, demand)
    }

    private func numbers(of kinds: [Kind]) throws(StoreError) -> Set<Int64> {
        var numbers = Set<Int64>(minimumCapacity: kinds.count)
        for kind in kinds { if let number = try number(of: kind) { numbers.insert(number) } }
        return numbers
    }

    private func openLanes(isLonely: Bool) throws(StoreError) -> [Lane] {
        let statement = try connection.prepare(.openLanes)
        statement.bind(1, isLonely ? 1 : 0)
        statement.bind(2, now.microseconds)
        let numbers = try statement.all { row in row.int(0) }
        var lanes: [Lane] = []
        for number in numbers { lanes.append(try lane(number)) }
        return lanes
    }

    // MARK: Choosing

    private func choose(
        _ wanted: Int, from lanes: [Lane], _ queues: Demand.Queues, suspects: Bool
    ) throws(StoreError) -> [Pick] {
        // A queue that is listed twice is one queue: its jobs can be taken once.
        var merges: [QueueName?: LaneMerge] = [:]
        var picks: [Pick] = []
        for pass in queues.passes(suspects: suspects) {
            let some = pass.queue.map { queue in lanes.filter { $0.queue == queue } } ?? lanes
            try take(
                pass.most(of: wanted - picks.count),
                of: &merges[pass.queue, default: LaneMerge(lanes: some, wanted: wanted)], into: &picks)
        }
        for merge in merges.values { exhausted += merge.exhausted }
        return picks
    }

    private func take(_ count: Int, of merge: inout LaneMerge, into picks: inout [Pick]) throws(StoreError) {
        guard count > 0 else { return }
        for _ in 0..<count {
            guard let pick = try merge.next(fetch: waiting) else { return }
            picks.append(pick)
        }
    }

    private func waiting(_ lane: Int64, after last: Pick?, _ limit: Int) throws(StoreError) -> [Pick] {
        let statement = try connection.prepare(.waitingInLane)
        statement.bind(1, lane)
        statement.bind(2, now.microseconds)
        statement.bind(3, last?.due ?? .min)
        statement.bind(4, last?.row ?? .min)
        statement.bind(5, limit)
        return try statement.all { row in Pick(lane: lane, row: row.int(0), due: row.int(1)) }
    }

    // MARK: Starting

    private func start(_ picks: [Pick], _ demand: Demand) throws(StoreError) -> [ClaimedJob] {
        var started: [Int64: [ClaimedJob]] = [:]
        if !picks.isEmpty {
            let owner = try numberAdding(demand.owner)
            let until = (Timestamp(microseconds: steady) + demand.lease).microseconds
            var counts: [Int64: Int] = [:]
            for pick in picks { counts[pick.lane, default: 0] += 1 }
            for (lane, count) in counts {
                started[lane] = try read(count, of: try self.lane(lane), owner: demand.owner)
                try start(count, of: lane, owner: owner, until: until)
            }
        }
        try raiseBounds()
        if let only = started.first, started.count == 1 { return try checked(only.value, picks) }
        // As they were picked: each lane's own are in that order already.
        var places: [Int64: Int] = [:]
        let jobs = picks.compactMap { pick -> ClaimedJob? in
            let place = places[pick.lane, default: 0]
            places[pick.lane] = place + 1
            return started[pick.lane].flatMap { place < $0.count ? $0[place] : nil }
        }
        return try checked(jobs, picks)
    }

    /// What was picked are the first of their lanes, read in this transaction: an index that says otherwise is damaged.
    private func checked(_ jobs: [ClaimedJob], _ picks: [Pick]) throws(StoreError) -> [ClaimedJob] {
        guard jobs.count == picks.count, zip(jobs, picks).allSatisfy({ $0.lease.row == $1.row }) else {
            throw damaged("a job waits in an index only")
        }
        // A suspect leaves its lane when it completes, and cannot do so in one statement.
        for (job, pick) in zip(jobs, picks) where !job.isSuspect { remember(job.lease, in: pick.lane) }
        return jobs
    }

    private func start(_ count: Int, of lane: Int64, owner: Int64, until: Int64) throws(StoreError) {
        let statement = try connection.prepare(.startJobs)
        statement.bind(1, lane)
        statement.bind(2, count)
        statement.bind(3, owner)
        statement.bind(4, until)
        statement.bind(5, now.microseconds)
        try statement.run()
        left(.available, in: lane, count)
        arrived(.running, in: lane, due: .max, count)
    }

    private func read(_ count: Int, of lane: Lane, owner: Owner) throws(StoreError) -> [ClaimedJob] {
        let statement = try connection.prepare(.jobsToRun)
        statement.bind(1, lane.number)
        statement.bind(2, count)
        defer { statement.reset() }
        var jobs: [ClaimedJob] = []
        jobs.reserveCapacity(count)
        while try statement.step() {
            var job = try statement.claimedJob(lane, owner: owner, at: now)
            if statement.int(5) & JobFlags.hasKept != 0 { job.checkpoint = try checkpoint(of: job.lease.row) }
            jobs.append(job)
        }
        return jobs
    }

    private func checkpoint(of row: Int64) throws(StoreError) -> [UInt8]? {
        let statement = try connection.prepare(.keptCheckpoint)
        statement.bind(1, row)
        return try statement.first { row in row.optionalBlob(0) } ?? nil
    }

    /// Lanes in which nothing more is due are not looked at again before their time.
    private func raiseBounds() throws(StoreError) {
        for lane in exhausted {
            let look = try connection.prepare(.firstDue)
            look.bind(1, lane)
            let raise = try connection.prepare(.raiseLane)
            raise.bind(1, lane)
            raise.bind(2, try look.first { row in row.int(0) } ?? Int64.max)
            try raise.run()
        }
        exhausted.removeAll()
    }
}
