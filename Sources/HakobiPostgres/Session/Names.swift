internal import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// Which lane; the key of a lane's number.
struct LaneKey: Hashable {
    var queue: QueueName
    var kind: Kind
    var priority: Int
}

/// A lane, by its even number.
struct Lane {
    let number: Int32
    let kindNumber: Int32
    let key: LaneKey
}

/// Names and the numbers that stand for them, as far as this connection has seen them committed; void with it.
struct Names {
    var lanes: [LaneKey: Lane] = [:]
    var lanesByNumber: [Int32: Lane] = [:]
    var owners: [Owner: Int32] = [:]
    var ownersByNumber: [Int32: Owner] = [:]
    var reporters: [ReporterKey: Int32] = [:]
    /// The last of each, since batches mostly name one: comparing is cheaper than hashing three strings.
    var lastLane: Lane?
    var lastOwner: (owner: Owner, number: Int32)?
    var lastReporter: (key: ReporterKey, number: Int32)?

    mutating func remember(_ lane: Lane) {
        lanes[lane.key] = lane
        lanesByNumber[lane.number] = lane
    }

    mutating func remember(_ owner: Owner, _ number: Int32) {
        owners[owner] = number
        ownersByNumber[number] = owner
        lastOwner = (owner, number)
    }
}

extension Session {
    // MARK: Lanes

    /// The jobs' lanes, made if need be; new ones are committed at once, because their numbers are remembered.
    func lanes(of jobs: [NewJob]) throws(PostgresError) -> [Lane] {
        var missing: Set<LaneKey> = []
        for job in jobs where known(LaneKey(job)) == nil { missing.insert(LaneKey(job)) }
        if !missing.isEmpty { try make(missing) }
        var lanes: [Lane] = []
        lanes.reserveCapacity(jobs.count)
        for job in jobs {
            guard let lane = known(LaneKey(job)) else {
                throw PostgresError(defect: "a lane was made and is not there")
            }
            lanes.append(lane)
        }
        return lanes
    }

    private func known(_ key: LaneKey) -> Lane? {
        if let last = names.lastLane, last.key == key { return last }
        guard let lane = names.lanes[key] else { return nil }
        names.lastLane = lane
        return lane
    }

    private func make(_ keys: Set<LaneKey>) throws(PostgresError) {
        let keys = Array(keys)
        let round = newRound()
        let steps = keys.map { key in
            round.add(sql.names.lane) {
                $0.text(key.queue.description)
                $0.text(key.kind.description)
                $0.int2(Int16(key.priority))
            }
        }
        let answers = try run(round)
        for (key, step) in zip(keys, steps) {
            guard let row = try answers[step].first else { throw PostgresError(defect: "no lane was made") }
            names.remember(Lane(number: try row.int4(0), kindNumber: try row.int4(1), key: key))
        }
        shared.lanesMade.add(1, ordering: .relaxed)
    }

    /// Reads all lanes, others' new ones too.
    func loadLanes() throws(PostgresError) {
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(sql.names.lanes)
        try rememberLanes(try run(round)[step])
    }

    func rememberLanes(_ rows: Rows) throws(PostgresError) {
        guard rows.count != names.lanesByNumber.count else { return }
        for row in rows {
            let key = LaneKey(
                queue: try queueName(try row.text(1)), kind: try kind(try row.text(2)), priority: Int(try row.int2(4)))
            names.remember(Lane(number: try row.int4(0), kindNumber: try row.int4(3), key: key))
        }
    }

    /// What a number stands for, whichever of the twins it is.
    func lane(_ number: Int32) throws(PostgresError) -> Lane {
        if let known = names.lanesByNumber[number & ~1] { return known }
        try loadLanes()
        guard let found = names.lanesByNumber[number & ~1] else { throw damaged("lane \(number) is missing") }
        return found
    }

    // MARK: Owners

    /// The owner's number, if it has ever held a lease.
    func number(of owner: Owner) throws(PostgresError) -> Int32? {
        try number(of: owner, sql.names.findOwner)
    }

    /// The owner's number; a new owner is written, and committed at once.
    func numberAdding(_ owner: Owner) throws(PostgresError) -> Int32 {
        guard let number = try number(of: owner, sql.names.putOwner) else {
            throw PostgresError(defect: "an owner has no number")
        }
        return number
    }

    private func number(of owner: Owner, _ statement: Statement) throws(PostgresError) -> Int32? {
        if let last = names.lastOwner, last.owner == owner { return last.number }
        if let known = names.owners[owner] {
            names.lastOwner = (owner, known)
            return known
        }
        let round = newRound()
        let step = round.add(statement) { $0.text(owner.description) }
        guard let row = try run(round)[step].first else { return nil }
        names.remember(owner, try row.int4(0))
        return try row.int4(0)
    }

    /// The owner's name; a row that runs has an owner that is in its table.
    func owner(_ number: Int32) throws(PostgresError) -> Owner {
        if let known = names.ownersByNumber[number] { return known }
        let round = newRound()
        let step = round.add(sql.names.owners) { $0.int4s([number]) }
        guard let row = try run(round)[step].first, let owner = Owner(try row.text(1)) else {
            throw damaged("owner \(number) is missing")
        }
        names.remember(owner, number)
        return owner
    }

    // MARK: Reporters

    /// The numbers of those who ran; new ones are written, and committed at once.
    func reporters(of settlements: [Settlement]) throws(PostgresError) -> [Int32] {
        var numbers: [Int32] = []
        numbers.reserveCapacity(settlements.count)
        for settlement in settlements { numbers.append(try number(of: settlement.report)) }
        return numbers
    }

    private func number(of report: AttemptReport) throws(PostgresError) -> Int32 {
        let key = ReporterKey(report)
        if let last = names.lastReporter, last.key == key { return last.number }
        let number: Int32 = if let known = names.reporters[key] { known } else { try add(key) }
        names.reporters[key] = number
        names.lastReporter = (key, number)
        return number
    }

    private func add(_ key: ReporterKey) throws(PostgresError) -> Int32 {
        let round = newRound()
        let step = round.add(sql.names.putReporter) {
            $0.text(key.host.storable)
            $0.int4(key.pid)
            $0.int8(Int64(key.generation))
            $0.text(key.release.storable)
        }
        guard let row = try run(round)[step].first else { throw PostgresError(defect: "a reporter has no number") }
        return try row.int4(0)
    }

    // MARK: Reading names

    func kind(_ text: String) throws(PostgresError) -> Kind {
        do throws(InvalidName) { return try Kind(text) } catch { throw damaged(error.description) }
    }

    func queueName(_ text: String) throws(PostgresError) -> QueueName {
        do throws(InvalidName) { return try QueueName(text) } catch { throw damaged(error.description) }
    }

    func damaged(_ words: String) -> PostgresError {
        PostgresError(.corrupt, "the tables hold what no store has written: \(words)")
    }
}

extension LaneKey {
    init(_ job: NewJob) { self.init(queue: job.queue, kind: job.kind, priority: job.priority) }
}

extension String {
    /// PostgreSQL's texts hold every character but NUL, for which the one stands that pictures it.
    var storable: String { utf8.contains(0) ? replacing("\0", with: "\u{2400}") : self }
}
