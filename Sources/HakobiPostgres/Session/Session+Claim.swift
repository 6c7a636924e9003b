internal import HakobiCore
internal import Synchronization

extension Session {
    /// Ordinary jobs for the slots, then suspects for the lonely slots.
    func claim(_ demand: Demand) throws(PostgresError) -> [ClaimedJob] {
        guard demand.slots > 0 || demand.lonelySlots > 0, !demand.kinds.isEmpty else { return [] }
        var claiming = Claiming(demand: demand, owner: try numberAdding(demand.owner))
        do throws(PostgresError) {
            try claim(&claiming)
            return try withCheckpoints(claiming.jobs)
        } catch {
            return try keep(claiming, despite: error)
        }
    }

    private func claim(_ claiming: inout Claiming) throws(PostgresError) {
        let demand = claiming.demand
        if let wall { hear(wall) }
        asked.add(demand)
        try loadLanesIfMade()
        try lookIfWanted()
        if !wasShort, let depth = looks.next(at: .now, isShort: false) { claiming.look = look(depth) }
        try pass(&claiming)
        if claiming.look == nil, let depth = looks.next(at: .now, isShort: claiming.isShort) {
            // Jobs that are there already do not wait for those that may be.
            if claiming.jobs.isEmpty { claiming.look = look(depth) } else { owedLook = depth }
        }
        try finishLook(&claiming)
        wasShort = claiming.isShort
        if wasShort, shared.options.listens, !isPooled { try wantHints(&claiming) }
    }

    /// Asks for hints, and looks again for what was committed just before that could be read.
    private func wantHints(_ claiming: inout Claiming) throws(PostgresError) {
        guard let length = idleWord.next(at: .now, isEmpty: claiming.jobs.isEmpty) else { return }
        let round = newRound()
        round.add(sql.session.wantHints) { $0.int8(length.wholeMicroseconds) }
        _ = try run(round)
        guard claiming.jobs.isEmpty else { return }
        try pass(&claiming)
    }

    // MARK: Lanes

    private func loadLanesIfMade() throws(PostgresError) {
        let made = shared.lanesMade.load(ordering: .relaxed)
        guard made != lanesSeen else { return }
        try loadLanes()
        lanesSeen = made
    }

    func lanes(for demand: Demand) -> [Lane] {
        let kinds = Set(demand.kinds)
        let lanes = names.lanesByNumber.values.filter { kinds.contains($0.key.kind) }
        guard case .listed(let shares) = demand.queues else { return lanes }
        let queues = Set(shares.map(\.queue))
        return lanes.filter { queues.contains($0.key.queue) }
    }

    /// From the cursors on.
    func pass(_ claiming: inout Claiming) throws(PostgresError) {
        shared.cursors.withLock { $0.begin() }
        defer { shared.cursors.withLock { $0.end() } }
        let lanes = lanes(for: claiming.demand)
        guard !lanes.isEmpty else { return }
        try choose(claiming.slots, lanes, isLonely: false, &claiming)
        try choose(claiming.lonelySlots, lanes, isLonely: true, &claiming)
    }

    private func choose(
        _ wanted: Int, _ lanes: [Lane], isLonely: Bool, _ claiming: inout Claiming
    ) throws(PostgresError) {
        let enough = claiming.jobs.count + wanted
        for pass in claiming.demand.queues.passes(suspects: isLonely) {
            let some = pass.queue.map { queue in lanes.filter { $0.key.queue == queue } } ?? lanes
            try take(pass.most(of: enough - claiming.jobs.count), some, isLonely: isLonely, &claiming)
        }
    }

    /// Takes the first so many of these lanes, in as many rounds as the guesses need.
    private func take(
        _ wanted: Int, _ lanes: [Lane], isLonely: Bool, _ claiming: inout Claiming
    ) throws(PostgresError) {
        let numbers = lanes.map { $0.number | (isLonely ? 1 : 0) }
        guard wanted > 0, !numbers.isEmpty else { return }
        var missing = wanted
        var isAgain = false
        while missing > 0 {
            let limits = plan.limits(numbers, wanted: missing, isAgain: isAgain)
            let counts = try round(numbers, limits, missing, &claiming)
            if !isAgain { plan.learn(numbers, counts) }
            let count = counts.values.reduce(0, +)
            missing -= count
            // A lane that gave all it was asked for may have more, and may have kept others back.
            let isCut = numbers.count > 1 && zip(numbers, limits).contains { counts[$0] ?? 0 >= Int($1) }
            guard isCut, count > 0 else { return }
            isAgain = true
        }
    }

    /// One message: a claim, and the look that waits to be taken. How many came from each lane.
    private func round(
        _ lanes: [Int32], _ limits: [Int32], _ wanted: Int, _ claiming: inout Claiming
    ) throws(PostgresError) -> [Int32: Int] {
        let round = newRound()
        let began = wall ?? clock.moment(at: .now)
        let step = add(lanes, limits, wanted, claiming.demand, claiming.owner, to: round)
        let steps = claiming.look.flatMap { $0.isTaken ? nil : add($0, to: round) }
        let answers = try run(round)
        let claimed = try read(answers[step], claiming.demand.owner)
        claiming.jobs += claimed
        let counts = note(claimed)
        // No lane kept anything back, so nothing is left there.
        if let began, claimed.isEmpty || claimed.count < Int(limits.min() ?? 0) { noteEmpty(lanes, at: began) }
        // Last, since it may take cursors back.
        if let steps { try read(steps, answers, of: &claiming.look) }
        return counts
    }

    private func noteEmpty(_ lanes: [Int32], at moment: Int64) {
        shared.cursors.withLock { cursors in
            for lane in lanes where openLanes.contains(lane & ~1) { cursors.emptied(lane, at: moment) }
        }
    }

    private func add(
        _ lanes: [Int32], _ limits: [Int32], _ wanted: Int, _ demand: Demand, _ owner: Int32, to round: Round
    ) -> Int {
        let request = ClaimRequest(
            wall: wall, steady: steady, lease: demand.lease.wholeMicroseconds, lanes: lanes,
            places: shared.cursors.withLock { cursors in lanes.map { cursors[$0] } }, limits: limits, wanted: wanted,
            owner: owner)
        return round.add(request.statement(of: sql.claim), request.bind)
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
        hear(now)
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
