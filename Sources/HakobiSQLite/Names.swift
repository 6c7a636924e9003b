internal import HakobiCore
internal import HakobiDatabase

/// A lane as a claim needs it.
struct Lane {
    let number: Int64
    let queueNumber: Int64
    let kindNumber: Int64
    let priority: Int
    let isLonely: Bool
    let queue: QueueName
    let kind: Kind
}

/// Which lane; the key of a lane's number.
struct LaneKey: Hashable {
    var queue: QueueName
    var kind: Kind
    var priority: Int
    var isLonely: Bool
}

/// Names and the numbers that stand for them in the tables.
struct Names {
    var kinds: [Kind: Int64] = [:]
    var queues: [QueueName: Int64] = [:]
    var lanes: [LaneKey: Int64] = [:]
    var lanesByNumber: [Int64: Lane] = [:]
    var owners: [Owner: Int64] = [:]
    var ownersByNumber: [Int64: Owner] = [:]
    var reporters: [ReporterKey: Reporter] = [:]
    /// The last of each, since batches mostly name one: comparing is cheaper than hashing three strings.
    var lastLane: (key: LaneKey, number: Int64)?
    var lastOwner: (owner: Owner, number: Int64)?
    var lastReporter: (key: ReporterKey, reporter: Reporter)?
}

/// A process that has reported, and when its row was last marked as used.
struct Reporter {
    let number: Int64
    let markedAt: Timestamp

    /// Rows are marked this often while they are used; who has not marked its row for much longer is dead.
    static let markInterval = Duration.seconds(86_400)
}

extension Session {
    /// The kind's number, if the store has ever seen it.
    func number(of kind: Kind) throws(StoreError) -> Int64? {
        if let known = names.kinds[kind] { return known }
        let statement = try connection.prepare(.findKind)
        statement.bind(1, kind.description)
        let found = try statement.first { row in row.int(0) }
        names.kinds[kind] = found
        return found
    }

    /// The queue's number, if the store has ever seen it.
    func number(of queue: QueueName) throws(StoreError) -> Int64? {
        if let known = names.queues[queue] { return known }
        let statement = try connection.prepare(.findQueue)
        statement.bind(1, queue.description)
        let found = try statement.first { row in row.int(0) }
        names.queues[queue] = found
        return found
    }

    /// The lane's number; a new lane is written.
    func lane(_ key: LaneKey) throws(StoreError) -> Int64 {
        if let last = names.lastLane, last.key == key { return last.number }
        let number: Int64 = if let known = names.lanes[key] { known } else { try findOrAdd(key) }
        names.lanes[key] = number
        names.lastLane = (key, number)
        return number
    }

    private func findOrAdd(_ key: LaneKey) throws(StoreError) -> Int64 {
        var queue = try number(of: key.queue)
        if queue == nil { queue = try add(.addQueue, key.queue.description) }
        var kind = try number(of: key.kind)
        if kind == nil { kind = try add(.addKind, key.kind.description) }
        names.queues[key.queue] = queue
        names.kinds[key.kind] = kind
        for step in [Statements.findLane, .addLane] {
            let statement = try connection.prepare(step)
            statement.bind(1, queue)
            statement.bind(2, kind)
            statement.bind(3, key.priority)
            statement.bind(4, key.isLonely ? 1 : 0)
            if let found = try statement.first({ row in row.int(0) }) { return found }
        }
        return connection.lastInserted
    }

    private func add(_ statement: Statements, _ name: String) throws(StoreError) -> Int64 {
        let statement = try connection.prepare(statement)
        statement.bind(1, name)
        try statement.run()
        return connection.lastInserted
    }

    /// What a lane's number stands for.
    func lane(_ number: Int64) throws(StoreError) -> Lane {
        if let known = names.lanesByNumber[number] { return known }
        let statement = try connection.prepare(.laneByNumber)
        statement.bind(1, number)
        let found = try statement.first { row throws(StoreError) in
            Lane(
                number: number, queueNumber: row.int(0), kindNumber: row.int(1), priority: Int(row.int(2)),
                isLonely: row.int(3) != 0, queue: try self.queueName(row.text(4)), kind: try self.kind(row.text(5)))
        }
        guard let found else { throw damaged("lane \(number) is missing") }
        names.lanesByNumber[number] = found
        return found
    }

    /// The same lane among suspects, or among the others.
    func twin(of number: Int64, isLonely: Bool) throws(StoreError) -> Int64 {
        let known = try lane(number)
        guard known.isLonely != isLonely else { return number }
        return try lane(
            LaneKey(queue: known.queue, kind: known.kind, priority: known.priority, isLonely: isLonely))
    }

    // MARK: Owners

    /// The owner's number, if it has ever held a lease under this boot of the host.
    func number(of owner: Owner) throws(StoreError) -> Int64? {
        if let last = names.lastOwner, last.owner == owner { return last.number }
        if let known = names.owners[owner] {
            names.lastOwner = (owner, known)
            return known
        }
        let statement = try connection.prepare(.findOwner)
        statement.bind(1, owner.description)
        statement.bind(2, boot)
        guard let found = try statement.first({ row in row.int(0) }) else { return nil }
        remember(owner, found)
        return found
    }

    /// The owner's number; a new owner is written.
    func numberAdding(_ owner: Owner) throws(StoreError) -> Int64 {
        if let known = try number(of: owner) { return known }
        let statement = try connection.prepare(.addOwner)
        statement.bind(1, owner.description)
        statement.bind(2, boot)
        try statement.run()
        remember(owner, connection.lastInserted)
        return connection.lastInserted
    }

    private func remember(_ owner: Owner, _ number: Int64) {
        names.owners[owner] = number
        names.ownersByNumber[number] = owner
        names.lastOwner = (owner, number)
    }

    /// Who a number stands for.
    func owner(_ number: Int64) throws(StoreError) -> Owner {
        if let known = names.ownersByNumber[number] { return known }
        let statement = try connection.prepare(.ownerByNumber)
        statement.bind(1, number)
        guard let name = try statement.first({ row in row.text(0) }), let owner = Owner(name) else {
            throw damaged("owner \(number) is missing")
        }
        names.ownersByNumber[number] = owner
        return owner
    }

    // MARK: Reporters

    /// The number of the process that reports; a new one is written.
    func number(of report: AttemptReport) throws(StoreError) -> Int64 {
        let key = ReporterKey(report)
        if let last = names.lastReporter, last.key == key, isMarked(last.reporter) { return last.reporter.number }
        let known = names.reporters[key].flatMap { isMarked($0) ? $0 : nil }
        let reporter = if let known { known } else { Reporter(number: try findOrAdd(key), markedAt: now) }
        names.reporters[key] = reporter
        names.lastReporter = (key, reporter)
        return reporter.number
    }

    private func isMarked(_ reporter: Reporter) -> Bool { now - reporter.markedAt < Reporter.markInterval }

    /// Either way its row is marked as used now.
    private func findOrAdd(_ key: ReporterKey) throws(StoreError) -> Int64 {
        let found = try bound(.findReporter, key).first { row in row.int(0) }
        guard let found else {
            let adding = try bound(.addReporter, key)
            adding.bind(5, now.microseconds)
            try adding.run()
            return connection.lastInserted
        }
        let marking = try connection.prepare(.markReporter)
        marking.bind(1, found)
        marking.bind(2, now.microseconds)
        try marking.run()
        return found
    }

    private func bound(_ statement: Statements, _ key: ReporterKey) throws(StoreError) -> Prepared {
        let statement = try connection.prepare(statement)
        statement.bind(1, key.host)
        statement.bind(2, Int64(key.pid))
        statement.bind(3, key.generation)
        statement.bind(4, key.release)
        return statement
    }

    // MARK: Text that was checked when it came in

    func kind(_ text: String) throws(StoreError) -> Kind {
        do { return try Kind(text) } catch { throw damaged(error.description) }
    }

    func queueName(_ text: String) throws(StoreError) -> QueueName {
        do { return try QueueName(text) } catch { throw damaged(error.description) }
    }

    func key(_ text: String?) throws(StoreError) -> JobKey? {
        guard let text else { return nil }
        do { return try JobKey(text) } catch { throw damaged(error.description) }
    }

    func damaged(_ sentence: String) -> StoreError { .damaged(sentence, operation: connection.operation) }
}
