internal import HakobiCore
internal import Synchronization

extension Session {
    /// Ordinary jobs for the slots, then suspects for the lonely slots.
    func claim(_ demand: Demand) throws(PostgresError) -> [ClaimedJob] {
        guard demand.slots > 0 || demand.lonelySlots > 0, !demand.kinds.isEmpty else { return [] }
        let owner = try numberAdding(demand.owner)
        let start = ContinuousClock.now
        // Where the last claim found too little, this one would look again as well: it begins with that.
        let isFull = pace.isDue(at: start) || wasShort && pace.isAllowed(at: start)
        var jobs = try pass(demand, owner, isFull: isFull)
        if isFull {
            pace.looked(from: start, to: .now)
        } else if jobs.count < demand.slots, pace.isAllowed(at: start) {
            var rest = demand
            rest.slots -= jobs.count { !$0.isSuspect }
            rest.lonelySlots -= jobs.count(where: \.isSuspect)
            let again = ContinuousClock.now
            jobs += try pass(rest, owner, isFull: true)
            pace.looked(from: again, to: .now)
        }
        wasShort = jobs.count < demand.slots
        if wasShort, shared.options.listens { try wantHints(demand, owner, &jobs) }
        return try withCheckpoints(jobs)
    }

    /// Asks for hints, and looks again for what was committed just before that could be read.
    private func wantHints(_ demand: Demand, _ owner: Int32, _ jobs: inout [ClaimedJob]) throws(PostgresError) {
        guard let length = idleWord.next(at: .now, isEmpty: jobs.isEmpty) else { return }
        let round = newRound()
        round.add(sql.session.wantHints) { $0.int8(length.wholeMicroseconds) }
        _ = try run(round)
        guard jobs.isEmpty else { return }
        jobs = try pass(demand, owner, isFull: true)
    }

    /// From the cursors on, or from the bottom.
    private func pass(_ demand: Demand, _ owner: Int32, isFull: Bool) throws(PostgresError) -> [ClaimedJob] {
        shared.cursors.withLock { cursors in
            if isFull { cursors.reset() }
            cursors.begin()
        }
        defer { shared.cursors.withLock { $0.end() } }
        let made = shared.lanesMade.load(ordering: .relaxed)
        if isFull || made != lanesSeen {
            try loadLanes()
            lanesSeen = made
        }
        let kinds = Set(demand.kinds)
        let lanes = names.lanesByNumber.values.filter { kinds.contains($0.key.kind) }
        guard !lanes.isEmpty else { return [] }
        var jobs: [ClaimedJob] = []
        try choose(demand.slots, lanes, demand, owner, isLonely: false, &jobs)
        try choose(demand.lonelySlots, lanes, demand, owner, isLonely: true, &jobs)
        return jobs
    }

    /// Shares divide the slots; suspects, a handful at most, go by the queues' order alone.
    private func choose(
        _ wanted: Int, _ lanes: [Lane], _ demand: Demand, _ owner: Int32, isLonely: Bool, _ jobs: inout [ClaimedJob]
    ) throws(PostgresError) {
        let enough = jobs.count + wanted
        switch demand.queues {
        case .all: try take(wanted, lanes, demand, owner, isLonely: isLonely, &jobs)
        case .listed(let shares):
            // A lone queue needs no first pass.
            for share in shares where !isLonely && shares.count > 1 {
                let some = lanes.filter { $0.key.queue == share.queue }
                try take(min(share.slots, enough - jobs.count), some, demand, owner, isLonely: false, &jobs)
            }
            for share in shares {
                let some = lanes.filter { $0.key.queue == share.queue }
                try take(enough - jobs.count, some, demand, owner, isLonely: isLonely, &jobs)
            }
        }
    }

    /// Takes the first so many of these lanes, in as many rounds as the guesses need.
    private func take(
        _ wanted: Int, _ lanes: [Lane], _ demand: Demand, _ owner: Int32, isLonely: Bool, _ jobs: inout [ClaimedJob]
    ) throws(PostgresError) {
        let numbers = lanes.map { $0.number | (isLonely ? 1 : 0) }
        guard wanted > 0, !numbers.isEmpty else { return }
        var missing = wanted
        var isAgain = false
        while missing > 0 {
            let limits = plan.limits(numbers, wanted: missing, isAgain: isAgain)
            let round = newRound()
            let step = add(numbers, limits, missing, demand, owner, to: round)
            let claimed = try read(run(round)[step], demand.owner)
            let counts = note(claimed)
            if !isAgain { plan.learn(numbers, counts) }
            jobs += claimed
            missing -= claimed.count
            // A lane that gave all it was asked for may have more, and may have kept others back.
            let isCut = numbers.count > 1 && zip(numbers, limits).contains { counts[$0] ?? 0 >= Int($1) }
            guard isCut, !claimed.isEmpty else { return }
            isAgain = true
        }
    }

    private func add(
        _ lanes: [Int32], _ limits: [Int32], _ wanted: Int, _ demand: Demand, _ owner: Int32, to round: Round
    ) -> Int {
        let places = shared.cursors.withLock { cursors in lanes.map { cursors[$0] } }
        return round.add(lanes.count == 1 ? sql.claim.fromOne : sql.claim.fromMany) { p in
            p.int8(wall)
            p.int8(steady)
            p.int4s(lanes)
            p.int8s(places) { $0.due }
            p.int8s(places) { $0.row }
            p.int4s(limits)
            p.int8(Int64(wanted))
            p.int4(owner)
            p.int8(demand.lease.wholeMicroseconds)
        }
    }

    // MARK: Answers

    private func read(_ rows: Rows, _ owner: Owner) throws(PostgresError) -> [ClaimedJob] {
        guard let first = rows.first else { return [] }
        var jobs: [ClaimedJob] = []
        jobs.reserveCapacity(rows.count)
        for row in rows { jobs.append(try claimedJob(row, owner)) }
        // An UPDATE answers in the order of the pages; the order of claims is ours to make.
        jobs.sort { left, right in
            if left.priority != right.priority { return left.priority > right.priority }
            if left.dueAt != right.dueAt { return left.dueAt < right.dueAt }
            return left.lease.row < right.lease.row
        }
        shared.batches.add(try first.int8(17), jobs.map { Batches.Attempt($0.lease) })
        return jobs
    }

    private func claimedJob(_ row: Rows.Row, _ owner: Owner) throws(PostgresError) -> ClaimedJob {
        let number = try row.int4(3)
        let lane = try lane(number).key
        var job = ClaimedJob(
            lease: Lease(job: try row.uuid(0), row: try row.int8(1), attempt: Int(try row.int4(2)), owner: owner),
            kind: lane.kind, queue: lane.queue, payload: try row.payload(codec: 10, version: 11, bytes: 12),
            priority: lane.priority, failures: Int(try row.int4(5)), crashes: Int(try row.int4(6)),
            maxFailures: Int(try row.int8(7)), limits: try row.limits(soft: 14, hard: 15),
            metadata: try metadata(row, 13), checkpoint: nil, isSuspect: number & 1 != 0,
            createdAt: Timestamp(microseconds: try row.int8(8)), dueAt: Timestamp(microseconds: try row.int8(4)),
            claimedAt: Timestamp(microseconds: try row.int8(9)))
        // Filled in by `withCheckpoints`.
        if try row.int2(16) & JobFlags.hasKept != 0 { job.checkpoint = [] }
        return job
    }

    /// Moves the cursors past what was taken, and counts it by lane.
    private func note(_ jobs: [ClaimedJob]) -> [Int32: Int] {
        var counts: [Int32: Int] = [:]
        var lasts: [Int32: Place] = [:]
        for job in jobs {
            let key = LaneKey(queue: job.queue, kind: job.kind, priority: job.priority)
            guard let number = laneNumber(key, isLonely: job.isSuspect) else { continue }
            counts[number, default: 0] += 1
            lasts[number] = Place(due: job.dueAt.microseconds, row: job.lease.row)
        }
        guard let now = jobs.first?.claimedAt.microseconds else { return counts }
        shared.cursors.withLock { cursors in for (lane, last) in lasts { cursors.passed(lane, to: last, at: now) } }
        return counts
    }

    private func laneNumber(_ key: LaneKey, isLonely: Bool) -> Int32? {
        if let last = names.lastLane, last.key == key { return last.number | (isLonely ? 1 : 0) }
        guard let lane = names.lanes[key] else { return nil }
        names.lastLane = lane
        return lane.number | (isLonely ? 1 : 0)
    }

    /// Brings what earlier attempts left, for the few that left something.
    private func withCheckpoints(_ jobs: [ClaimedJob]) throws(PostgresError) -> [ClaimedJob] {
        let rows = jobs.filter { $0.checkpoint != nil }.map(\.lease.row)
        guard !rows.isEmpty else { return jobs }
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(sql.claim.checkpoints) { $0.int8s(rows) }
        var found: [Int64: [UInt8]] = [:]
        for row in try run(round)[step] { found[try row.int8(0)] = try row.bytea(1) }
        return jobs.map { job in
            var job = job
            job.checkpoint = found[job.lease.row]
            return job
        }
    }
}

extension Session {
    func metadata(_ row: Rows.Row, _ column: Int) throws(PostgresError) -> [String: String] {
        guard let bytes = row.byteaOrNil(column) else { return [:] }
        guard let pairs = Netstrings.decode(bytes) else { throw damaged("metadata is not in netstrings") }
        return pairs
    }
}

extension Rows.Row {
    func payload(codec: Int, version: Int, bytes: Int) throws(PostgresError) -> Payload {
        Payload(
            try bytea(bytes), codec: Payload.Codec(rawValue: try text(codec)), version: Int(try int4(version)))
    }

    func limits(soft: Int, hard: Int) throws(PostgresError) -> TimeLimits {
        TimeLimits(
            soft: try int8OrNil(soft).map { .microseconds($0) }, hard: try int8OrNil(hard).map { .microseconds($0) })
    }
}
