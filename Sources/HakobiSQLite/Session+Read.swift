internal import HakobiCore

extension Session {
    /// One job with its history.
    func job(_ id: JobID) throws(StoreError) -> JobRecord? {
        let statement = try connection.prepare(.jobRecord)
        statement.bind(1, id)
        guard var found = try statement.first({ row throws(StoreError) in try self.record(row) }) else { return nil }
        let attempts = try connection.prepare(.attemptsOf)
        attempts.bind(1, found.row)
        found.job.history = try attempts.all { row in row.attemptRecord() } + (try completion(found))
        return found.job
    }

    /// Jobs that match, newest first by id.
    func jobs(matching filter: JobFilter, limit: Int, before: JobID?) throws(StoreError) -> [JobRecord] {
        // None of a kind among very many: the walk does not begin; few: it ends with the last of them.
        let limit = min(limit, try count(matching: filter))
        guard limit > 0 else { return [] }
        guard filter.state == nil, filter.kind != nil || filter.queue != nil else {
            return try list(filter, limit: limit, before: before)
        }
        // Completed jobs are what only a walk finds. Where there are none, each other state has an index of its own, so
        // an old job that waits for a handler is found as soon as a new one.
        var completed = filter
        completed.state = .completed
        guard try count(matching: completed) == 0 else { return try list(filter, limit: limit, before: before) }
        var found: [JobRecord] = []
        for state in JobState.allCases where state != .completed {
            var part = filter
            part.state = state
            found += try list(part, limit: min(limit, try count(matching: part)), before: before)
        }
        return Array(found.sorted { $0.id > $1.id }.prefix(limit))
    }

    private func list(_ filter: JobFilter, limit: Int, before: JobID?) throws(StoreError) -> [JobRecord] {
        guard limit > 0 else { return [] }
        let kind = try filter.kind.map { kind throws(StoreError) in try self.number(of: kind) ?? -1 }
        let queue = try filter.queue.map { queue throws(StoreError) in try self.number(of: queue) ?? -1 }
        let statement = try connection.prepare(Self.list(for: filter.state))
        if let before { statement.bind(1, before) } else { statement.bind(1, nil as Int64?) }
        statement.bind(2, limit)
        statement.bind(3, kind)
        statement.bind(4, queue)
        statement.bind(5, filter.state.map { Int64($0.rawValue) })
        return try statement.all { row throws(StoreError) in try self.record(row).job }
    }

    /// Completed jobs are most of a table, so its own order is walked; the others are few, or few of a kind, and have an
    /// index each.
    private static func list(for state: JobState?) -> Statements {
        switch state {
        case .available: .listReady
        case .running: .listRunning
        case .dead, .cancelled: .listEnded
        default: .listAll
        }
    }

    private struct Found {
        let row: Int64
        var job: JobRecord
        /// A completed job's own line of history is in its row.
        let reporter: Int64?
        let ran: Int64?
    }

    private func record(_ row: Prepared) throws(StoreError) -> Found {
        let lane = try lane(row.int(2))
        let flags = row.int(9)
        var job = JobRecord(
            id: try row.jobID(1), kind: lane.kind, queue: lane.queue, state: try state(row.int(3)),
            priority: lane.priority, payload: row.payload(codec: 16, version: 17, bytes: 18),
            maxFailures: Int(row.int(8)), limits: row.limits(soft: 20, hard: 21),
            dueAt: Timestamp(microseconds: row.int(4)), createdAt: Timestamp(microseconds: row.int(15)),
            metadata: try row.metadata(19))
        job.attempt = Int(row.int(5))
        job.failures = Int(row.int(6))
        job.crashes = Int(row.int(7))
        job.isSuspect = lane.isLonely
        job.isCancelRequested = flags & JobFlags.cancelRequested != 0
        job.owner = try row.optionalInt(10).map { number throws(StoreError) in try self.owner(number) }
        job.finishedAt = row.optionalInt(11).map { Timestamp(microseconds: $0) }
        job.uniqueKey = try key(row.optionalText(14))
        job.idempotencyKey = try key(row.optionalText(22))
        if flags & JobFlags.hasKept != 0 { fillKept(&job, row) }
        return Found(row: row.int(0), job: job, reporter: row.optionalInt(12), ran: row.optionalInt(13))
    }

    private func fillKept(_ job: inout JobRecord, _ row: Prepared) {
        if let done = row.optionalInt(23) {
            job.progress = Progress(
                done: Int(done), total: row.optionalInt(24).map { Int($0) }, note: row.optionalText(25))
        }
        job.checkpoint = row.optionalBlob(26)
        if row.optionalText(27) != nil { job.result = row.payload(codec: 27, version: 28, bytes: 29) }
    }

    private func completion(_ found: Found) throws(StoreError) -> [AttemptRecord] {
        guard found.job.state == .completed, let ended = found.job.finishedAt else { return [] }
        let ran = Duration.microseconds(found.ran ?? 0)
        let statement = try connection.prepare(.reporterByNumber)
        statement.bind(1, found.reporter)
        let report = try statement.first { row in
            AttemptReport(
                host: row.text(0), pid: Int32(clamping: row.int(1)), generation: Int(row.int(2)), release: row.text(3),
                ran: ran)
        }
        return [
            AttemptRecord(
                attempt: found.job.attempt, outcome: "completed", error: nil, cause: nil, report: report,
                startedAt: ended - max(ran, .zero), endedAt: ended)
        ]
    }

    /// Every incarnation that holds a lease or has reported.
    func leaseHolders() throws(StoreError) -> [Owner] {
        try connection.prepare(.leaseHolders).all { row throws(StoreError) in
            guard let owner = Owner(row.text(0)) else { throw self.damaged("an owner's name does not read as one") }
            return owner
        }
    }

    /// The paused queues, sorted.
    func pausedQueues() throws(StoreError) -> [QueueName] {
        try connection.prepare(.pausedNames).all { row throws(StoreError) in try self.queueName(row.text(0)) }
    }

    /// Pauses or resumes a queue, known or not.
    func setPaused(_ queue: QueueName, _ isPaused: Bool) throws(StoreError) {
        let statement = try connection.prepare(.putPause)
        statement.bind(1, queue.description)
        statement.bind(2, isPaused ? 1 : 0)
        try statement.run()
        if !isPaused { hasNews = true }
    }
}
