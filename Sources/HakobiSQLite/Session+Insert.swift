internal import HakobiCore

extension Session {
    /// Keeps jobs, each alone.
    func insert(_ jobs: [NewJob]) throws(StoreError) -> [Insertion] {
        var answers: [Insertion] = []
        answers.reserveCapacity(jobs.count)
        for job in jobs { answers.append(try insert(job)) }
        return answers
    }

    /// Every reason not to keep the job is looked at before the first write, so a job that is not kept leaves nothing.
    private func insert(_ job: NewJob) throws(StoreError) -> Insertion {
        if let refusal = job.refusal(maxPayloadBytes: maxPayloadBytes) { return .refused(refusal) }
        guard job.hasKey else {
            return try add(job) ? .inserted : .existing(job.id)
        }
        if try exists(job.id) { return .existing(job.id) }
        if let known = try acceptedBefore(job) { return .existing(known) }
        let holder = try uniqueHolder(for: job)
        if let holder, let answer = try makeRoom(for: job, holder) { return answer }
        _ = try add(job)
        try rememberRequest(job)
        return holder.map { .replaced($0.id) } ?? .inserted
    }

    private func exists(_ id: JobID) throws(StoreError) -> Bool {
        let statement = try connection.prepare(.idExists)
        statement.bind(1, id)
        return try statement.first { _ in true } ?? false
    }

    private func acceptedBefore(_ job: NewJob) throws(StoreError) -> JobID? {
        guard let key = job.idempotencyKey, let kind = try number(of: job.kind) else { return nil }
        let statement = try connection.prepare(.findIdempotency)
        statement.bind(1, kind)
        statement.bind(2, key.key.description)
        statement.bind(3, now.microseconds)
        return try statement.first { row throws(StoreError) in try row.jobID(0) }
    }

    private func rememberRequest(_ job: NewJob) throws(StoreError) {
        guard let key = job.idempotencyKey, let kind = try number(of: job.kind) else { return }
        let statement = try connection.prepare(.putIdempotency)
        statement.bind(1, kind)
        statement.bind(2, key.key.description)
        statement.bind(3, job.id)
        statement.bind(4, (now + key.window).microseconds)
        try statement.run()
    }

    // MARK: Unique keys

    private struct UniqueHolder {
        let row: Int64
        let id: JobID
        let state: JobState
    }

    private func uniqueHolder(for job: NewJob) throws(StoreError) -> UniqueHolder? {
        guard let unique = job.uniqueKey, let kind = try number(of: job.kind) else { return nil }
        let statement = try connection.prepare(.findUniqueHolder)
        statement.bind(1, kind)
        statement.bind(2, unique.key.description)
        return try statement.first { row throws(StoreError) in
            UniqueHolder(row: row.int(0), id: try row.jobID(1), state: try self.state(row.int(2)))
        }
    }

    /// The answer when the newcomer cannot have the key; `nil` when the holder has been cancelled for it.
    private func makeRoom(for job: NewJob, _ holder: UniqueHolder) throws(StoreError) -> Insertion? {
        switch job.uniqueKey?.onConflict {
        case .keep: return .existing(holder.id)
        case .replace where holder.state != .running:
            guard let standing = try standing(of: holder.id) else { return nil }
            try withdraw(standing)
            return nil
        default: return .refused(.uniqueKeyTaken(by: holder.id))
        }
    }

    // MARK: Writing

    /// Writes the job unless its id is there already.
    private func add(_ job: NewJob) throws(StoreError) -> Bool {
        let lane = try lane(LaneKey(queue: job.queue, kind: job.kind, priority: job.priority, isLonely: false))
        let due = job.due.moment(from: now).microseconds
        let row = try freeRow()
        let statement = try connection.prepare(.addJob)
        statement.bind(1, row)
        statement.bind(2, job.id)
        statement.bind(3, lane)
        statement.bind(4, try kindNumber(ofLane: lane))
        statement.bind(5, due)
        statement.bind(6, job.maxFailures)
        statement.bind(7, job.uniqueKey?.key.description)
        try statement.run()
        guard connection.changes == 1 else { return false }
        used(row: row)
        try addContent(job, row: row)
        arrived(.available, in: lane, due: due)
        return true
    }

    private func addContent(_ job: NewJob, row: Int64) throws(StoreError) {
        let statement = try connection.prepare(.addContent)
        statement.bind(1, row)
        statement.bind(2, now.microseconds)
        statement.bind(3, job.payload.codec.rawValue)
        statement.bind(4, job.payload.version)
        statement.bind(5, job.payload.bytes)
        statement.bind(6, Netstrings.encode(job.metadata))
        statement.bind(7, job.limits.soft?.wholeMicroseconds)
        statement.bind(8, job.limits.hard?.wholeMicroseconds)
        statement.bind(9, job.idempotencyKey?.key.description)
        try statement.run()
    }

    private func kindNumber(ofLane number: Int64) throws(StoreError) -> Int64 { try lane(number).kindNumber }

    func state(_ number: Int64) throws(StoreError) -> JobState {
        guard let raw = UInt8(exactly: number), let state = JobState(rawValue: raw) else {
            throw damaged("\(number) is no job's state")
        }
        return state
    }
}
