internal import HakobiCore
internal import HakobiDatabase

extension Session {
    /// Jobs without keys of however many callers in one message; the rest one caller after another.
    func insert(_ tickets: [InsertTicket]) throws(MySQLError) {
        var plain: [NewJob] = []
        for ticket in tickets where !ticket.jobs.contains(where: \.hasKey) {
            plain += ticket.jobs.filter { $0.refusal(maxPayloadBytes: shared.options.maxPayloadBytes) == nil }
        }
        try lanes(of: tickets.lazy.flatMap(\.jobs).filter { (0...9).contains($0.priority) })
        if try addNew(plain) {
            for ticket in tickets where !ticket.jobs.contains(where: \.hasKey) {
                ticket.reply.succeed(
                    ticket.jobs.map { job in
                        job.refusal(maxPayloadBytes: shared.options.maxPayloadBytes).map { .refused($0) } ?? .inserted
                    })
            }
        }
        for ticket in tickets where !ticket.reply.isAnswered {
            ticket.reply.succeed(try transaction { () throws(MySQLError) in try insert(ticket.jobs) })
        }
        shared.wake.send()
    }

    /// Writes jobs that have no keys, if all of them are new; otherwise none.
    private func addNew(_ jobs: [NewJob]) throws(MySQLError) -> Bool {
        guard jobs.count > 1 else {
            // One statement commits by itself; a repeated one changes nothing, and is answered by the look at its id.
            return jobs.isEmpty ? true : try add(jobs, sql.insert.addNew) == 1
        }
        let connection = try connection
        try connection.begin()
        guard try add(jobs, sql.insert.addNew) == jobs.count else {
            try connection.rollBack()
            return false
        }
        try connection.commit()
        return true
    }

    /// Answers how many were new.
    private func add(_ jobs: [NewJob], _ statement: Prepared) throws(MySQLError) -> Int {
        let wall = wall
        let rows = try run(statement, each: jobs) { values, job throws(MySQLError) in
            try bind(job, wall, &values)
        }
        return rows.affected
    }

    private func bind(_ job: NewJob, _ wall: Int64?, _ values: inout Values) throws(MySQLError) {
        let lane = try lane(LaneKey(job))
        values.id(job.id)
        values.int(lane.number)
        values.int(lane.kindNumber)
        values.int(wall)
        values.int(job.due.moment)
        values.int(job.due.delay)
        // A clock that was set back puts newcomers before what has been passed already.
        if let due = job.due.moment ?? wall { arrived(Place.waiting(lane.number, isLonely: false), due: due) }
        values.int(job.maxFailures)
        values.int(job.payload.version)
        values.text(job.payload.codec.rawValue)
        values.int(job.limits.soft?.wholeMicroseconds)
        values.int(job.limits.hard?.wholeMicroseconds)
        values.text(job.uniqueKey?.key.description)
        values.text(job.idempotencyKey?.key.description)
        values.bytes(Netstrings.encode(job.metadata))
        values.bytes(job.payload.bytes)
    }

    // MARK: One after another

    /// Within a transaction, whose lanes are there: each job alone. Who is quicker with a key makes an error, upon which all
    /// of it is repeated.
    func insert(_ jobs: [NewJob]) throws(MySQLError) -> [Insertion] {
        var answers: [Insertion] = []
        for job in jobs { answers.append(try insert(job)) }
        return answers
    }

    /// Every reason not to keep the job is looked at before the first write, so a job that is not kept leaves nothing.
    private func insert(_ job: NewJob) throws(MySQLError) -> Insertion {
        if let refusal = job.refusal(maxPayloadBytes: shared.options.maxPayloadBytes) { return .refused(refusal) }
        if try !run(sql.insert.exists, { $0.id(job.id) }).isEmpty { return .existing(job.id) }
        let kind = try lane(LaneKey(job)).kindNumber
        let memory = try memory(of: job, kind)
        if let memory, memory.isValid { return .existing(memory.job) }
        let holder = try uniqueHolder(for: job, kind)
        if let holder, let answer = try makeRoom(for: job, holder) { return answer }
        _ = try add([job], sql.insert.add)
        try remember(job, kind, overwriting: memory != nil)
        return holder.map { .replaced($0.id) } ?? .inserted
    }

    private func memory(of job: NewJob, _ kind: Int64) throws(MySQLError) -> (job: JobID, isValid: Bool)? {
        guard let key = job.idempotencyKey else { return nil }
        let wall = wall
        let rows = try run(sql.insert.findIdempotency) {
            $0.int(wall)
            $0.int(kind)
            $0.text(key.key.description)
        }
        guard let row = rows.first else { return nil }
        return (try row.jobID(0), try row.int(1) != 0)
    }

    private func remember(_ job: NewJob, _ kind: Int64, overwriting: Bool) throws(MySQLError) {
        guard let key = job.idempotencyKey else { return }
        let wall = wall
        try run(overwriting ? sql.insert.renewIdempotency : sql.insert.addIdempotency) {
            $0.int(kind)
            $0.text(key.key.description)
            $0.id(job.id)
            $0.int(wall)
            $0.int(key.window.wholeMicroseconds)
        }
    }

    private func uniqueHolder(for job: NewJob, _ kind: Int64) throws(MySQLError) -> Standing? {
        guard let unique = job.uniqueKey else { return nil }
        let wall = wall
        let rows = try run(sql.insert.uniqueHolder) {
            $0.int(wall)
            $0.int(kind)
            $0.text(unique.key.description)
        }
        guard let row = rows.first else { return nil }
        return try Standing(row)
    }

    /// The answer when the newcomer cannot have the key; `nil` when the holder has been cancelled for it.
    private func makeRoom(for job: NewJob, _ holder: Standing) throws(MySQLError) -> Insertion? {
        switch job.uniqueKey?.onConflict {
        case .keep: return .existing(holder.id)
        case .replace where holder.state != .running:
            try withdraw(holder)
            return nil
        default: return .refused(.uniqueKeyTaken(by: holder.id))
        }
    }

    /// Cancels a job that waits.
    func withdraw(_ job: Standing) throws(MySQLError) {
        var ending = job.ending
        ending.withdraw()
        try write([Move(job: job, ending: ending)])
    }
}
