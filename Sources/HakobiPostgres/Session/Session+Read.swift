internal import HakobiCore

extension Session {
    /// One job with its history.
    func job(_ id: JobID) throws(PostgresError) -> JobRecord? {
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(sql.read.job) { $0.uuid(id) }
        guard let row = try run(round)[step].first else { return nil }
        var job = try record(row)
        let history = newRound()
        history.isReadOnly = true
        let number = try row.int8(17)
        let lines = history.add(sql.read.attempts) { $0.int8(number) }
        for line in try run(history)[lines] { job.history.append(try line.attemptRecord()) }
        if let last = try completion(of: job, row) { job.history.append(last) }
        return job
    }

    /// Jobs that match, newest first by id.
    func jobs(matching filter: JobFilter, limit: Int, before: JobID?) throws(PostgresError) -> [JobRecord] {
        guard limit > 0 else { return [] }
        let lanes = try lanes(of: filter)
        let isFew = filter.state == .dead || filter.state == .cancelled
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(isFew ? sql.read.listEnded : sql.read.list) { p in
            p.uuid(before)
            p.int8(Int64(limit))
            p.int4s(lanes)
            p.int4(filter.state.map { Int32($0.rawValue) })
        }
        var jobs: [JobRecord] = []
        for row in try run(round)[step] { jobs.append(try record(row)) }
        return jobs
    }

    /// The lanes of a queue or kind; none when every one will do, and one that is nobody's when there is none.
    private func lanes(of filter: JobFilter) throws(PostgresError) -> [Int32] {
        guard filter.queue != nil || filter.kind != nil else { return [] }
        try loadLanes()
        let numbers = names.lanesByNumber.values.filter { lane in
            (filter.queue == nil || filter.queue == lane.key.queue)
                && (filter.kind == nil || filter.kind == lane.key.kind)
        }.map(\.number)
        return numbers.isEmpty ? [-1] : numbers
    }

    private func record(_ row: Rows.Row) throws(PostgresError) -> JobRecord {
        let lane = try lane(try row.int4(1)).key
        guard let state = JobState(rawValue: UInt8(truncatingIfNeeded: try row.int4(18))) else {
            throw damaged("a job has no state")
        }
        var job = JobRecord(
            id: try row.uuid(0), kind: lane.kind, queue: lane.queue, state: state, priority: lane.priority,
            payload: try row.payload(codec: 12, version: 10, bytes: 13), maxFailures: Int(try row.int8(9)),
            limits: try row.limits(soft: 4, hard: 5), dueAt: Timestamp(microseconds: try row.int8(2)),
            createdAt: Timestamp(microseconds: try row.int8(3)), metadata: try metadata(row, 14))
        job.attempt = Int(try row.int4(6))
        job.failures = Int(try row.int4(7))
        job.crashes = Int(try row.int4(8))
        job.isSuspect = try row.int4(1) & 1 != 0
        job.isCancelRequested = try row.int2(11) & JobFlags.cancelRequested != 0
        job.idempotencyKey = try key(row.textOrNil(15))
        job.uniqueKey = try key(row.textOrNil(16))
        job.owner = row.textOrNil(19).flatMap { Owner($0) }
        job.finishedAt = try row.int8OrNil(20).map { Timestamp(microseconds: $0) }
        try readKept(row, &job)
        return job
    }

    private func readKept(_ row: Rows.Row, _ job: inout JobRecord) throws(PostgresError) {
        if let done = try row.int8OrNil(26) {
            job.progress = Progress(
                done: Int(done), total: try row.int8OrNil(27).map { Int($0) }, note: row.textOrNil(28))
        }
        job.checkpoint = row.byteaOrNil(29)
        if row.bytes(30) != nil { job.result = try row.payload(codec: 30, version: 31, bytes: 32) }
    }

    /// A completed job's own line of history is in its row.
    private func completion(of job: JobRecord, _ row: Rows.Row) throws(PostgresError) -> AttemptRecord? {
        guard job.state == .completed, let ended = job.finishedAt else { return nil }
        let report = try row.report(ran: 21, host: 22)
        return AttemptRecord(
            attempt: job.attempt, outcome: "completed", error: nil, cause: nil, report: report,
            startedAt: ended - max(report?.ran ?? .zero, .zero), endedAt: ended)
    }

    private func key(_ text: String?) throws(PostgresError) -> JobKey? {
        guard let text else { return nil }
        do throws(InvalidName) { return try JobKey(text) } catch { throw damaged(error.description) }
    }
}

extension Rows.Row {
    /// A row of `attempts`.
    fileprivate func attemptRecord() throws(PostgresError) -> AttemptRecord {
        let outcome = try text(1)
        // A death always has a cause, even one of which nothing is known; nothing else has one.
        let died = outcome == "crashed" || outcome == "suspected"
        let cause = CauseOfDeath(
            signal: try int4OrNil(3), exitCode: try int4OrNil(4), peakMemory: try int8OrNil(5))
        return AttemptRecord(
            attempt: Int(try int4(0)), outcome: outcome, error: textOrNil(2), cause: died ? cause : nil,
            report: try report(ran: 6, host: 9), startedAt: Timestamp(microseconds: try int8(7)),
            endedAt: Timestamp(microseconds: try int8(8)))
    }

    /// Four columns of a reporter from `host` on; `nil` when there was none.
    fileprivate func report(ran: Int, host: Int) throws(PostgresError) -> AttemptReport? {
        guard let name = textOrNil(host) else { return nil }
        return AttemptReport(
            host: name, pid: try int4(host + 1), generation: Int(try int8(host + 2)), release: try text(host + 3),
            ran: .microseconds(try int8OrNil(ran) ?? 0))
    }
}
