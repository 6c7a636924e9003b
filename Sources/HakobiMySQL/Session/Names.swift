internal import HakobiCore
internal import HakobiDatabase

struct LaneKey: Hashable {
    let queue: QueueName
    let kind: Kind
    let priority: Int
}

extension LaneKey {
    init(_ job: NewJob) { self.init(queue: job.queue, kind: job.kind, priority: job.priority) }
}

struct Lane {
    let number: Int64
    let queueNumber: Int64
    let kindNumber: Int64
    let key: LaneKey
}

/// What a session remembers of names and numbers; rows of names are never removed.
struct Names {
    var lanes: [LaneKey: Lane] = [:]
    var lanesByNumber: [Int64: Lane] = [:]
    fileprivate var owners: [Owner: Int64] = [:]
    fileprivate var ownersByNumber: [Int64: Owner] = [:]
    fileprivate var reporters: [ReporterKey: Int64] = [:]
    fileprivate var lastReporter: (key: ReporterKey, number: Int64)?

    mutating func forgetLanes() { (lanes, lanesByNumber) = ([:], [:]) }

    mutating func remember(_ lane: Lane) {
        lanes[lane.key] = lane
        lanesByNumber[lane.number] = lane
    }
}

extension Session {
    // MARK: Lanes

    /// The lane of each job. New ones are written, and committed at once: not to be called within a transaction.
    func lanes(of jobs: some Sequence<NewJob>) throws(MySQLError) {
        var last: LaneKey?
        for job in jobs {
            let key = LaneKey(job)
            if key == last { continue }
            last = key
            if names.lanes[key] == nil { try addLane(key) }
        }
    }

    func lane(_ key: LaneKey) throws(MySQLError) -> Lane {
        guard let lane = names.lanes[key] else { throw .defect("a lane was not made in time") }
        return lane
    }

    private func addLane(_ key: LaneKey) throws(MySQLError) {
        let queue = try number(sql.names.findQueue, sql.names.addQueue) { $0.text(key.queue.description) }
        let kind = try number(sql.names.findKind, sql.names.addKind) { $0.text(key.kind.description) }
        let number = try number(sql.names.findLane, sql.names.addLane) {
            $0.int(queue)
            $0.int(kind)
            $0.int(key.priority)
        }
        names.remember(Lane(number: number, queueNumber: queue, kindNumber: kind, key: key))
    }

    private func number(
        _ find: Prepared, _ add: Prepared, _ bind: (inout Values) -> Void
    ) throws(MySQLError) -> Int64 {
        for _ in 0..<2 {
            if let found = try run(find, commits: false, bind).first { return try found.int(0) }
            try run(add, bind)
        }
        guard let found = try run(find, commits: false, bind).first else { throw .defect("a name has no number") }
        return try found.int(0)
    }

    /// Reads all lanes, others' new ones too.
    func loadLanes() throws(MySQLError) {
        let rows = try run(sql.names.lanes, commits: false)
        names.forgetLanes()
        for row in rows {
            let number = try row.int(0)
            let key = LaneKey(
                queue: try queueName(try row.text(4)), kind: try kind(try row.text(5)), priority: Int(try row.int(3)))
            names.remember(Lane(number: number, queueNumber: try row.int(1), kindNumber: try row.int(2), key: key))
        }
    }

    /// What a number stands for.
    func lane(_ number: Int64) throws(MySQLError) -> Lane {
        if let known = names.lanesByNumber[number] { return known }
        try loadLanes()
        guard let found = names.lanesByNumber[number] else { throw .damaged("lane \(number) is missing") }
        return found
    }

    func number(of kind: Kind) throws(MySQLError) -> Int64? {
        try run(sql.names.findKind, commits: false) { $0.text(kind.description) }.first?.int(0)
    }

    func number(of queue: QueueName) throws(MySQLError) -> Int64? {
        try run(sql.names.findQueue, commits: false) { $0.text(queue.description) }.first?.int(0)
    }

    // MARK: Owners

    /// The owner's number, if it has ever held a lease.
    func number(of owner: Owner) throws(MySQLError) -> Int64? {
        if let known = names.owners[owner] { return known }
        let found = try run(sql.names.findOwner, commits: false) { $0.text(owner.description) }
        guard let number = try found.first?.int(0) else { return nil }
        remember(owner, number)
        return number
    }

    /// The owner's number; a new owner is written, and committed at once.
    func numberAdding(_ owner: Owner) throws(MySQLError) -> Int64 {
        if let known = names.owners[owner] { return known }
        let number = try number(sql.names.findOwner, sql.names.addOwner) { $0.text(owner.description) }
        remember(owner, number)
        return number
    }

    private func remember(_ owner: Owner, _ number: Int64) {
        names.owners[owner] = number
        names.ownersByNumber[number] = owner
    }

    func owner(_ number: Int64) throws(MySQLError) -> Owner {
        if let known = names.ownersByNumber[number] { return known }
        let name = try run(sql.names.ownerName, commits: false) { $0.int(number) }.first?.text(0)
        guard let owner = name.flatMap({ Owner($0) }) else { throw .damaged("owner \(number) is missing") }
        remember(owner, number)
        return owner
    }

    // MARK: Reporters

    /// Who ran; a new one is written, and committed at once: first called outside of a transaction.
    func number(of report: AttemptReport) throws(MySQLError) -> Int64 {
        let key = ReporterKey(report)
        if let last = names.lastReporter, last.key == key { return last.number }
        let number: Int64 = if let known = names.reporters[key] { known } else { try add(key) }
        names.reporters[key] = number
        names.lastReporter = (key, number)
        return number
    }

    private func add(_ key: ReporterKey) throws(MySQLError) -> Int64 {
        try number(sql.names.findReporter, sql.names.addReporter) {
            $0.bytes(Array(key.host.utf8.prefix(1000)))
            $0.int(Int64(key.pid))
            $0.int(key.generation)
            $0.bytes(Array(key.release.utf8.prefix(1000)))
        }
    }

    // MARK: Reading names

    func kind(_ text: String) throws(MySQLError) -> Kind {
        do throws(InvalidName) { return try Kind(text) } catch { throw .damaged(error.description) }
    }

    func queueName(_ text: String) throws(MySQLError) -> QueueName {
        do throws(InvalidName) { return try QueueName(text) } catch { throw .damaged(error.description) }
    }

    func key(_ text: String?) throws(MySQLError) -> JobKey? {
        guard let text else { return nil }
        do throws(InvalidName) { return try JobKey(text) } catch { throw .damaged(error.description) }
    }
}
