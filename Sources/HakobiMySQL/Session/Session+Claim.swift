internal import HakobiCore
internal import Synchronization

extension Session {
    /// Ordinary jobs for the slots, then suspects for the lonely slots.
    func take(_ demand: Demand) throws(MySQLError) -> [ClaimedJob] {
        guard demand.slots > 0 || demand.lonelySlots > 0, !demand.kinds.isEmpty else { return [] }
        let owner = try numberAdding(demand.owner)
        let start = ContinuousClock.now
        let isFull = pace.isDue(at: start)
        var jobs = try pass(demand, owner, isFull: isFull)
        if isFull {
            pace.looked(from: start, to: .now)
        } else if jobs.count < demand.slots, pace.isAllowed(at: start), try !connection.isLost {
            var rest = demand
            rest.slots -= jobs.count { !$0.isSuspect }
            rest.lonelySlots -= jobs.count(where: \.isSuspect)
            let again = ContinuousClock.now
            do throws(MySQLError) {
                jobs += try pass(rest, owner, isFull: true)
            } catch {
                jobs = try keep(jobs, of: demand.owner, despite: error)
            }
            pace.looked(from: again, to: .now)
        }
        return jobs
    }

    /// From the cursors on, or from the bottom.
    private func pass(_ demand: Demand, _ owner: Int64, isFull: Bool) throws(MySQLError) -> [ClaimedJob] {
        shared.cursors.withLock { $0.begin(isFull: isFull) }
        defer { shared.cursors.withLock { $0.end() } }
        if names.lanesByNumber.isEmpty { try loadLanes() }
        // What was paused or new shows in the first answer; then the question is put again.
        for _ in 0..<8 {
            let start = ContinuousClock.now
            var claim = Claim(demand, owner)
            do throws(MySQLError) {
                try choose(demand.slots, isLonely: false, &claim)
                try choose(demand.lonelySlots, isLonely: true, &claim)
            } catch {
                if error.code == Self.newsCode { continue }
                return try keep(claim.jobs, of: demand.owner, despite: error)
            }
            // Nothing was asked for, so nothing was heard either.
            if !claim.hasNews, try hearNews() { continue }
            if claim.jobs.isEmpty { pace.foundNothing(from: start, to: .now) }
            return claim.jobs
        }
        return []
    }

    /// What one pass has done so far.
    private struct Claim {
        let demand: Demand
        let owner: Int64
        let kinds: Set<Kind>
        var jobs: [ClaimedJob] = []
        /// The news have been read with the first question.
        var hasNews = false
        /// How far this pass has looked, by place.
        var seen: [Int64: Point] = [:]

        init(_ demand: Demand, _ owner: Int64) {
            self.demand = demand
            self.owner = owner
            kinds = Set(demand.kinds)
        }
    }

    private func choose(_ wanted: Int, isLonely: Bool, _ claim: inout Claim) throws(MySQLError) {
        let enough = claim.jobs.count + wanted
        guard wanted > 0 else { return }
        let lanes = names.lanesByNumber.values.filter {
            claim.kinds.contains($0.key.kind) && !paused.contains($0.queueNumber)
        }
        for pass in claim.demand.queues.passes(suspects: isLonely) {
            let some = pass.queue.map { queue in lanes.filter { $0.key.queue == queue } } ?? lanes
            try take(pass.most(of: enough - claim.jobs.count), some, isLonely: isLonely, &claim)
        }
    }

    private func take(
        _ wanted: Int, _ lanes: [Lane], isLonely: Bool, _ claim: inout Claim
    ) throws(MySQLError) {
        guard wanted > 0, !lanes.isEmpty else { return }
        let enough = claim.jobs.count + wanted
        while claim.jobs.count < enough {
            let missing = enough - claim.jobs.count
            let mayHaveMore =
                lanes.count == 1 && !pace.isSlow(at: .now)
                ? try takeHead(missing, of: lanes[0], isLonely: isLonely, &claim)
                : try takeMerged(missing, lanes, isLonely: isLonely, &claim)
            if !mayHaveMore { return }
        }
    }

    // MARK: One lane

    private func look(_ lane: Lane, _ isLonely: Bool, _ limit: Int, _ claim: Claim) -> ClaimStatements.Look {
        let place = Place.waiting(lane.number, isLonely: isLonely)
        let from = max(claim.seen[place] ?? .start, shared.cursors.withLock { $0[place] })
        return ClaimStatements.Look(place: place, moment: from.moment, row: from.row, limit: limit)
    }

    /// In one round trip. The server locks its way along dead entries, also those that follow the lane's, which costs it two
    /// pages each, where a look without locks costs it one for hundreds: not the way while they are many.
    private func takeHead(
        _ wanted: Int, of lane: Lane, isLonely: Bool, _ claim: inout Claim
    ) throws(MySQLError) -> Bool {
        let look = look(lane, isLonely, wanted, claim)
        let now = SQL.moment(wall)
        let connection = try connection
        connection.noteTransaction(isOpen: true)
        let news = claim.hasNews ? [] : sql.claim.news
        let answers = try connection.run(
            news + ["START TRANSACTION", sql.claim.take(look, now: now)], commits: false)
        guard let found = answers.last else { throw .defect("a claim is silent") }
        if !claim.hasNews { try read(answers[0], answers[1], &claim) }
        try start(found, isSorted: true, &claim)
        return false
    }

    // MARK: Several lanes

    /// Looks at the heads without locking, puts them into order, and takes what comes first. Beyond the last one seen of a
    /// lane that was cut off nothing is known of the order, so that is as far as one look goes.
    private func takeMerged(
        _ wanted: Int, _ lanes: [Lane], isLonely: Bool, _ claim: inout Claim
    ) throws(MySQLError) -> Bool {
        let limit = max(8, wanted * 2 / lanes.count)
        var priorities: [Int64: Int] = [:]
        for lane in lanes { priorities[Place.waiting(lane.number, isLonely: isLonely)] = lane.key.priority }
        let looks = lanes.map { look($0, isLonely, limit, claim) }
        let now = SQL.moment(wall)
        let news = claim.hasNews ? [] : sql.claim.news
        let answers = try connection.run(news + [sql.claim.peek(looks, now: now)], commits: false)
        guard let found = answers.last else { throw .defect("a claim is silent") }
        if !claim.hasNews { try read(answers[0], answers[1], &claim) }
        var merge = HeadMerge(priorities: priorities, limit: limit)
        for row in found {
            merge.add(place: try row.int(0), Point(moment: try row.int(1), row: try row.int(2)))
        }
        let (heads, isCut) = merge.first(wanted)
        guard !heads.isEmpty else { return false }
        for head in heads { claim.seen[head.place] = max(claim.seen[head.place] ?? .start, head.point) }
        let connection = try connection
        connection.noteTransaction(isOpen: true)
        let take = sql.claim.take(rows: heads.map(\.point.row), now: now)
        let locked = try connection.run("START TRANSACTION", take, commits: false)
        guard let locked = locked.last else { throw .defect("a claim is silent") }
        let before = claim.jobs.count
        try start(locked, isSorted: false, &claim, places: Set(heads.map(\.place)))
        return isCut || claim.jobs.count - before < heads.count
    }

    // MARK: News

    /// Not an error: somebody paused a queue, or made a lane, since the last look.
    private static var newsCode: UInt32 { .max }

    private func read(_ paused: Rows, _ lanes: Rows, _ claim: inout Claim) throws(MySQLError) {
        claim.hasNews = true
        guard try note(paused, lanes) else { return }
        let connection = try connection
        if connection.isInTransaction { try connection.rollBack() }
        var error = MySQLError.defect("there is news")
        error.code = Self.newsCode
        throw error
    }

    private func hearNews() throws(MySQLError) -> Bool {
        let answers = try connection.run(sql.claim.news, commits: false)
        guard answers.count == 2 else { throw .defect("the news are silent") }
        return try note(answers[0], answers[1])
    }

    private func note(_ pausedRows: Rows, _ lanes: Rows) throws(MySQLError) -> Bool {
        var now: Set<Int64> = []
        for row in pausedRows { now.insert(try row.int(0)) }
        let hasOthers = try lanes.first?.int(0) != Int64(names.lanesByNumber.count)
        let isNew = now != paused || hasOthers
        paused = now
        if hasOthers {
            try connection.rollBack()
            try loadLanes()
        }
        return isNew
    }

    // MARK: Starting

    /// Writes the leases of locked rows, and ends the transaction.
    private func start(
        _ rows: Rows, isSorted: Bool, _ claim: inout Claim, places: Set<Int64>? = nil
    ) throws(MySQLError) {
        let connection = try connection
        var jobs: [ClaimedJob] = []
        var keptRows: [Int64] = []
        jobs.reserveCapacity(rows.count)
        for row in rows {
            if let places, try !places.contains(row.int(2)) { continue }
            let job = try claimedJob(row, claim.demand.owner)
            if try row.int(9) & JobFlags.hasKept != 0 { keptRows.append(job.lease.row) }
            jobs.append(job)
        }
        guard let now = try rows.first?.int(16), !jobs.isEmpty else {
            try connection.rollBack()
            return
        }
        // Whatever may fail comes before the commit.
        if !keptRows.isEmpty { try addCheckpoints(keptRows, &jobs) }
        let until = Timestamp(microseconds: steady ?? now) + claim.demand.lease
        try run(
            sql.claim.start(rows: jobs.map(\.lease.row), owner: claim.owner, until: until.microseconds, now: now),
            "COMMIT")
        connection.noteTransaction(isOpen: false)
        if !isSorted { jobs.sort(by: Self.isClaimedBefore) }
        note(jobs, at: now)
        claim.jobs += jobs
    }

    /// Moves the cursors past what was taken.
    private func note(_ jobs: [ClaimedJob], at now: Int64) {
        var lasts: [Int64: Point] = [:]
        for job in jobs {
            let key = LaneKey(queue: job.queue, kind: job.kind, priority: job.priority)
            guard let lane = names.lanes[key] else { continue }
            lasts[Place.waiting(lane.number, isLonely: job.isSuspect)] =
                Point(moment: job.dueAt.microseconds, row: job.lease.row)
        }
        shared.cursors.withLock { cursors in for (place, last) in lasts { cursors.passed(place, to: last, at: now) } }
    }
}
