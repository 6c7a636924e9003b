internal import HakobiCore

extension Session {
    /// One job with its history.
    func job(_ id: JobID) throws(MySQLError) -> JobRecord? {
        guard let row = try run(sql.read.job, commits: false, { $0.id(id) }).first else { return nil }
        var job = try record(row)
        let number = try row.int(0)
        for line in try run(sql.read.attempts, commits: false, { $0.int(number) }) {
            job.history.append(try attempt(line))
        }
        if job.state == .completed { job.history.append(try completion(row, job)) }
        return job
    }

    /// Jobs that match, newest first by id.
    func jobs(matching filter: JobFilter, limit: Int, before: JobID?) throws(MySQLError) -> [JobRecord] {
        guard limit > 0 else { return [] }
        let kind = try filter.kind.map { kind throws(MySQLError) in try self.number(of: kind) ?? -1 }
        let queue = try filter.queue.map { queue throws(MySQLError) in try self.number(of: queue) ?? -1 }
        let rows = try run(Self.list(filter.state, sql.read), commits: false) {
            $0.bytes(before?.bytes)
            $0.bytes(before?.bytes)
            $0.int(kind)
            $0.int(kind)
            $0.int(queue)
            $0.int(queue)
            $0.int(limit)
        }
        var jobs: [JobRecord] = []
        for row in rows { jobs.append(try record(row)) }
        return jobs
    }

    /// Waiting and completed jobs are most of a table, so the ids' order is walked; the others are few.
    private static func list(_ state: JobState?, _ read: ReadStatements) -> Prepared {
        switch state {
        case nil: read.list(place: nil, isFew: false)
        case .available: read.list(place: "j.place > 0", isFew: false)
        case .completed: read.list(place: "j.place = -3", isFew: false)
        case .running: read.list(place: "j.place = -2", isFew: true)
        case .cancelled: read.list(place: "j.place = -4", isFew: true)
        case .dead: read.list(place: "j.place = -5", isFew: true)
        default: read.list(place: "j.place = 0", isFew: true)
        }
    }

    private func record(_ row: Row) throws(MySQLError) -> JobRecord {
        let lane = try lane(row.int(2)).key
        let state = try Place.state(row.int(3))
        let flags = try row.int(10)
        var job = JobRecord(
            id: try row.jobID(1), kind: lane.kind, queue: lane.queue, state: state, priority: lane.priority,
            payload: try row.payload(codec: 14, version: 13, bytes: 15), maxFailures: Int(try row.int(12)),
            limits: try row.limits(soft: 17, hard: 18), dueAt: Timestamp(microseconds: try row.int(5)),
            createdAt: Timestamp(microseconds: try row.int(6)), metadata: try row.metadata(16))
        job.attempt = Int(try row.int(7))
        job.failures = Int(try row.int(8))
        job.crashes = Int(try row.int(9))
        job.isSuspect = flags & JobFlags.isLonely != 0
        job.isCancelRequested = flags & JobFlags.cancelRequested != 0
        job.owner = row.textOrNil(33).flatMap { Owner($0) }
        job.finishedAt = state.isTerminal ? Timestamp(microseconds: try row.int(4)) : nil
        job.uniqueKey = try key(row.textOrNil(19))
        job.idempotencyKey = try key(row.textOrNil(20))
        if flags & JobFlags.hasKept != 0 { try fillKept(&job, row) }
        return job
    }

    private func fillKept(_ job: inout JobRecord, _ row: Row) throws(MySQLError) {
        if let done = try row.intOrNil(22) {
            job.progress = Progress(
                done: Int(done), total: try row.intOrNil(23).map { Int($0) }, note: row.textOrNil(24))
        }
        job.checkpoint = row.bytesOrNil(25)
        if !row.isNull(26) { job.result = try row.payload(codec: 26, version: 27, bytes: 28) }
    }

    private func completion(_ row: Row, _ job: JobRecord) throws(MySQLError) -> AttemptRecord {
        let ended = job.finishedAt ?? job.createdAt
        let ran = Duration.microseconds(try row.int(21))
        return AttemptRecord(
            attempt: job.attempt, outcome: "completed", error: nil, cause: nil, report: try report(row, 29, ran),
            startedAt: ended - max(ran, .zero), endedAt: ended)
    }

    private func report(_ row: Row, _ column: Int, _ ran: Duration) throws(MySQLError) -> AttemptReport? {
        guard !row.isNull(column) else { return nil }
        return AttemptReport(
            host: try row.text(column), pid: Int32(clamping: try row.int(column + 1)),
            generation: Int(try row.int(column + 2)), release: try row.text(column + 3), ran: ran)
    }

    private func attempt(_ row: Row) throws(MySQLError) -> AttemptRecord {
        let signal = try row.intOrNil(3)
        let exit = try row.intOrNil(4)
        let memory = try row.intOrNil(5)
        let isKnown = signal != nil || exit != nil || memory != nil
        let cause = CauseOfDeath(
            signal: signal.map { Int32(clamping: $0) }, exitCode: exit.map { Int32(clamping: $0) }, peakMemory: memory)
        let isDeath = try ["crashed", "suspected"].contains(row.text(1))
        return AttemptRecord(
            attempt: Int(try row.int(0)), outcome: try row.text(1), error: row.textOrNil(2),
            cause: isKnown || isDeath ? cause : nil,
            report: try report(row, 9, .microseconds(try row.intOrNil(6) ?? 0)),
            startedAt: Timestamp(microseconds: try row.int(7)), endedAt: Timestamp(microseconds: try row.int(8)))
    }

    /// Every incarnation that holds a lease or has reported.
    func holders() throws(MySQLError) -> [Owner] {
        var owners: [Owner] = []
        for row in try run(sql.read.holders, commits: false) {
            guard let owner = Owner(try row.text(0)) else { throw .damaged("an owner's name does not read as one") }
            owners.append(owner)
        }
        return owners
    }
}
