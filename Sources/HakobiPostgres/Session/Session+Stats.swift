internal import FoundationEssentials
internal import HakobiCore
internal import Synchronization

extension Session {
    private struct StatsKey: Hashable {
        let queue: QueueName
        let kind: Kind
    }

    /// Counts and ages: the live ones counted, the ended ones from the tally.
    func stats() throws(PostgresError) -> StoreStats {
        try loadLanes()
        let round = newRound()
        round.isReadOnly = true
        let live = round.add(sql.read.liveCounts) { $0.int8(wall) }
        let ended = round.add(sql.read.endedCounts)
        let paused = round.add(sql.names.paused)
        let clock = round.add(sql.read.now) { $0.int8(wall) }
        let answers = try run(round)
        guard let moment = try answers[clock].first?.int8(0) else { throw PostgresError(defect: "no time was told") }
        var stopped: Set<QueueName> = []
        for row in try answers[paused] { stopped.insert(try queueName(try row.text(0))) }
        var stats = StoreStats(
            states: Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, 0) }), lanes: [],
            takenAt: Timestamp(microseconds: moment))
        var lanes: [StatsKey: StoreStats.Lane] = [:]
        func change(_ number: Int32, _ body: (inout StoreStats.Lane) throws(PostgresError) -> Void)
            throws(PostgresError)
        {
            let key = try lane(number).key
            let place = StatsKey(queue: key.queue, kind: key.kind)
            var lane =
                lanes[place]
                ?? StoreStats.Lane(queue: key.queue, kind: key.kind, isPaused: stopped.contains(key.queue))
            try body(&lane)
            lanes[place] = lane
        }
        for row in try answers[live] {
            try change(try row.int4(0)) { lane throws(PostgresError) in try stats.add(row, to: &lane) }
        }
        for row in try answers[ended] {
            try change(try row.int4(0)) { lane throws(PostgresError) in try stats.addEnded(row, to: &lane) }
        }
        stats.lanes = lanes.values.sorted { left, right in
            if left.queue != right.queue { return left.queue < right.queue }
            return left.kind.description.utf8.lexicographicallyPrecedes(right.kind.description.utf8)
        }
        return stats
    }

    // MARK: Workers

    /// Replaces what a worker said before.
    func report(_ worker: WorkerReport) throws(PostgresError) {
        let text: String
        do { text = String(decoding: try JSONEncoder().encode(StoredReport(worker)), as: UTF8.self) } catch {
            throw PostgresError(defect: "a worker's report does not encode: \(error)")
        }
        let round = newRound()
        round.add(sql.read.putWorker) {
            $0.text(worker.owner.description)
            $0.text(text)
            $0.int8(steady)
        }
        _ = try run(round)
    }

    /// Forgets a worker.
    func retire(_ owner: Owner) throws(PostgresError) {
        let round = newRound()
        round.add(sql.read.removeWorker) { $0.text(owner.description) }
        _ = try run(round)
    }

    /// All workers by name.
    func workers() throws(PostgresError) -> [RegisteredWorker] {
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(sql.read.workers) { $0.int8(steady) }
        var workers: [RegisteredWorker] = []
        for row in try run(round)[step] {
            let report = try decode(try row.text(1), owner: try row.text(0))
            workers.append(RegisteredWorker(report: report, silence: .microseconds(try row.int8(2))))
        }
        return workers
    }

    private func decode(_ text: String, owner name: String) throws(PostgresError) -> WorkerReport {
        guard let owner = Owner(name) else { throw damaged("the worker's name \(name) does not read as an owner") }
        let stored: StoredReport
        do { stored = try JSONDecoder().decode(StoredReport.self, from: Data(text.utf8)) } catch {
            throw damaged("the report of worker \(name) does not read: \(error)")
        }
        do throws(InvalidName) { return try stored.report(of: owner) } catch {
            throw damaged("the report of worker \(name) does not read: \(error)")
        }
    }

    /// Every incarnation that holds a lease or has reported.
    func leaseHolders() throws(PostgresError) -> [Owner] {
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(sql.rescue.holders)
        var owners: [Owner] = []
        for row in try run(round)[step] {
            guard let owner = Owner(try row.text(0)) else { throw damaged("an owner's name does not read") }
            owners.append(owner)
        }
        return owners
    }

    // MARK: Queues

    func setPaused(_ queue: QueueName, _ isPaused: Bool) throws(PostgresError) {
        let round = newRound()
        round.add(sql.names.putPause) {
            $0.text(queue.description)
            $0.bool(isPaused)
        }
        if !isPaused { announceOld(in: round) }
        _ = try run(round)
        guard !isPaused else { return }
        shared.wantsLook.store(true, ordering: .relaxed)
        shared.hints.send()
    }

    func pausedQueues() throws(PostgresError) -> [QueueName] {
        let round = newRound()
        round.isReadOnly = true
        let step = round.add(sql.names.paused)
        var queues: [QueueName] = []
        for row in try run(round)[step] { queues.append(try queueName(try row.text(0))) }
        return queues
    }
}

extension StoreStats {
    /// A row of `liveCounts`.
    fileprivate mutating func add(_ row: Rows.Row, to lane: inout Lane) throws(PostgresError) {
        let running = Int(try row.int8(1))
        let (ready, retrying, all) = (Int(try row.int8(2)), Int(try row.int8(3)), Int(try row.int8(4)))
        states[.running, default: 0] += running
        states[.available, default: 0] += all - running
        lane.running += running
        lane.ready += ready
        lane.retrying += retrying
        lane.scheduled += all - running - ready - retrying
        guard ready > 0 else { return }
        let age = takenAt - Timestamp(microseconds: try row.int8(5))
        lane.oldestReady = max(lane.oldestReady ?? .zero, age)
    }

    /// A row of `endedCounts`.
    fileprivate mutating func addEnded(_ row: Rows.Row, to lane: inout Lane) throws(PostgresError) {
        guard let state = JobState(rawValue: UInt8(truncatingIfNeeded: try row.int2(1))) else { return }
        let count = Int(try row.int8(2))
        states[state, default: 0] += count
        if state == .dead { lane.dead += count }
    }
}
