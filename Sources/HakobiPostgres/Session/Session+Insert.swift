internal import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// Jobs without keys, of one or many callers, on their way in one statement.
struct PlainInsert {
    private(set) var jobs: [NewJob] = []
    /// What is known without asking; the rest is told by the answer.
    private(set) var known: [Int: Insertion] = [:]

    /// Adds one caller's jobs; those that no store keeps are answered here.
    mutating func add(_ new: [NewJob], maxPayloadBytes: Int) {
        for job in new {
            if let refusal = job.refusal(maxPayloadBytes: maxPayloadBytes) { known[jobs.count] = .refused(refusal) }
            jobs.append(job)
        }
    }

    /// Those that go to the server.
    var valid: [NewJob] {
        known.isEmpty ? jobs : jobs.indices.filter { known[$0] == nil }.map { jobs[$0] }
    }

    /// What became of each, given the ids that were new (`nil`: all).
    func insertions(_ fresh: Set<JobID>?) -> [Insertion] {
        guard fresh != nil || !known.isEmpty else { return Array(repeating: .inserted, count: jobs.count) }
        var left = fresh
        return jobs.indices.map { index in
            if let known = known[index] { return known }
            guard left != nil else { return .inserted }
            return left?.remove(jobs[index].id) == nil ? .existing(jobs[index].id) : .inserted
        }
    }
}

extension Session {
    /// Rows in one statement, at most; more travel as several in the same transaction.
    private static let mostRows = 5000

    /// Adds the statements of a plain insert; the answer is read by `fresh`. A lone job that is taken for new fails the
    /// round if it is not.
    func add(_ jobs: [NewJob], areNew: Bool = false, to round: Round) throws(PostgresError) -> [InsertSteps] {
        let lanes = try lanes(of: jobs)
        if areNew, jobs.count == 1 { return [addOne(jobs[0], lanes[0], to: round)] }
        return stride(from: 0, to: jobs.count, by: Self.mostRows).map { start in
            let end = min(jobs.count, start + Self.mostRows)
            return add(jobs[start..<end], lanes[start..<end], to: round)
        }
    }

    struct InsertSteps {
        let insert: Int
        let undo: Int
        let ids: [JobID]
    }

    private func add(_ jobs: ArraySlice<NewJob>, _ lanes: ArraySlice<Lane>, to round: Round) -> InsertSteps {
        let insert = round.add(sql.insert.plain) { p in
            p.int8(wall)
            let lane = lanes.first?.number
            let isOneLane = lanes.allSatisfy { $0.number == lane }
            p.int4(lane)
            p.int4(lanes.first?.kindNumber)
            p.int8(jobs.first.map { Int64($0.maxFailures) })
            p.int4(jobs.first.map { Int32(clamping: $0.payload.version) })
            p.text(jobs.first?.payload.codec.rawValue)
            p.uuids(jobs) { $0.id }
            p.byteas(jobs) { $0.payload.bytes }
            addTimes(jobs, p)
            p.int4s(isOneLane ? [] : lanes[...]) { $0.number }
            p.int4s(isOneLane ? [] : lanes[...]) { $0.kindNumber }
            p.int8s(jobs.varied { $0.maxFailures }) { Int64($0.maxFailures) }
            p.int4s(jobs.varied { $0.payload.version }) { Int32(clamping: $0.payload.version) }
            p.texts(jobs.varied { $0.payload.codec }) { $0.payload.codec.rawValue }
            p.byteas(jobs.contains { !$0.metadata.isEmpty } ? jobs : []) { Netstrings.encode($0.metadata) }
        }
        let ids = jobs.map(\.id)
        return InsertSteps(insert: insert, undo: round.add(sql.insert.undoEnded) { $0.uuids(ids) }, ids: ids)
    }

    private func addOne(_ job: NewJob, _ lane: Lane, to round: Round) -> InsertSteps {
        let insert = round.add(sql.insert.one) { p in
            p.int8(wall)
            p.int4(lane.number)
            p.int4(lane.kindNumber)
            p.int8(Int64(job.maxFailures))
            p.int4(Int32(clamping: job.payload.version))
            p.text(job.payload.codec.rawValue)
            p.uuid(job.id)
            p.bytea(job.payload.bytes)
            p.int8(job.due.moment)
            p.int8(job.due.delay)
            p.int8(job.limits.soft?.wholeMicroseconds)
            p.int8(job.limits.hard?.wholeMicroseconds)
            p.bytea(job.metadata.isEmpty ? nil : Netstrings.encode(job.metadata))
        }
        return InsertSteps(
            insert: insert, undo: round.add(sql.insert.undoOneEnded) { $0.uuid(job.id) }, ids: [job.id])
    }

    /// Due times and limits; arrays in which nobody has a value are empty.
    private func addTimes(_ jobs: ArraySlice<NewJob>, _ p: Parameters) {
        p.int8s(jobs.contains { $0.due.moment != nil } ? jobs : []) { $0.due.moment }
        p.int8s(jobs.contains { $0.due.delay != nil } ? jobs : []) { $0.due.delay }
        p.int8s(jobs.contains { $0.limits.soft != nil } ? jobs : []) { $0.limits.soft?.wholeMicroseconds }
        p.int8s(jobs.contains { $0.limits.hard != nil } ? jobs : []) { $0.limits.hard?.wholeMicroseconds }
    }

    /// The ids that were new, and how early a claim must look; `nil` when all were.
    func fresh(_ steps: [InsertSteps], _ answers: Answers) throws(PostgresError) -> (ids: Set<JobID>?, due: Int64?) {
        var (complete, partial): ([[JobID]], [Set<JobID>]) = ([], [])
        var earliest: Int64?
        for step in steps {
            guard let row = try answers[step.insert].first else { throw PostgresError(defect: "an insert is silent") }
            if let due = try row.int8OrNil(1) { earliest = min(due, earliest ?? .max) }
            let undone = try answers[step.undo]
            let count = Int(try row.int8(0))
            if count == step.ids.count, undone.isEmpty {
                complete.append(step.ids)
                continue
            }
            var ids = Set(count == step.ids.count ? step.ids : count > 0 ? try row.uuids(2) : [])
            for row in undone { ids.remove(try row.uuid(0)) }
            partial.append(ids)
        }
        guard !partial.isEmpty else { return (nil, earliest) }
        return (partial.reduce(into: Set(complete.joined())) { $0.formUnion($1) }, earliest)
    }

    /// Jobs of which some have keys: one after another, in the server, in one message.
    func insertKeyed(_ jobs: [NewJob]) throws(PostgresError) -> [Insertion] {
        let lanes = try lanes(of: jobs)
        let round = newRound()
        let step = round.add(sql.insert.keyed) { p in
            p.int8(wall)
            p.uuids(jobs) { $0.id }
            p.byteas(jobs) { $0.payload.bytes }
            addTimes(jobs[...], p)
            p.int4s(lanes) { $0.number }
            p.int4s(lanes) { $0.kindNumber }
            p.int8s(jobs) { Int64($0.maxFailures) }
            p.int4s(jobs) { Int32(clamping: $0.payload.version) }
            p.texts(jobs) { $0.payload.codec.rawValue }
            p.byteas(jobs) { Netstrings.encode($0.metadata) }
            p.texts(jobs) { $0.idempotencyKey?.key.description }
            p.int8s(jobs) { $0.idempotencyKey?.window.wholeMicroseconds }
            p.texts(jobs) { $0.uniqueKey?.key.description }
            p.texts(jobs) { $0.uniqueKey?.onConflict.rawValue ?? "keep" }
        }
        announce(in: round)
        let rows = try run(round)[step]
        var insertions: [Insertion] = []
        for (job, row) in zip(jobs, rows) { insertions.append(try insertion(of: job, row)) }
        guard insertions.count == jobs.count else { throw PostgresError(defect: "an insert has too few answers") }
        lower(lanes, to: try rows.first?.int8(2))
        return insertions
    }

    private func insertion(of job: NewJob, _ row: Rows.Row) throws(PostgresError) -> Insertion {
        switch try row.int2(0) {
        case 0: .inserted
        case 1: .existing(try row.uuid(1))
        case 2: .replaced(try row.uuid(1))
        default: .refused(.uniqueKeyTaken(by: try row.uuid(1)))
        }
    }

    /// Claims look from here on; nobody is told yet.
    func lower(_ lanes: some Collection<Lane>, to due: Int64?) {
        guard let due else { return }
        open(Set(lanes.map(\.number)).map { Opening(lane: $0, due: due) })
    }

    /// Inserts within the caller's transaction or round of its own: plain ones in bulk, others in order.
    func insert(_ jobs: [NewJob]) throws(PostgresError) -> [Insertion] {
        var plain = PlainInsert()
        plain.add(jobs, maxPayloadBytes: shared.options.maxPayloadBytes)
        let valid = plain.valid
        guard !valid.isEmpty else { return plain.insertions(nil) }
        guard !valid.contains(where: \.hasKey) else {
            var answers = try insertKeyed(valid)[...]
            return jobs.indices.map { index in plain.known[index] ?? answers.removeFirst() }
        }
        let lanes = try lanes(of: valid)
        let round = newRound()
        let steps = try add(valid, to: round)
        announce(in: round)
        let (ids, due) = try fresh(steps, run(round))
        lower(lanes, to: due)
        return plain.insertions(ids)
    }
}

extension ArraySlice<NewJob> {
    /// Empty when all agree with the first.
    fileprivate func varied<Value: Equatable>(_ value: (NewJob) -> Value) -> Self {
        guard let first = first.map(value) else { return self }
        return allSatisfy { value($0) == first } ? [] : self
    }
}
