internal import HakobiCore
internal import HakobiDatabase

extension Session {
    /// Plain completions of however many callers in one statement; the rest one caller after another.
    func settle(_ tickets: [SettleTicket]) throws(MySQLError) {
        for ticket in tickets {
            for settlement in ticket.settlements { _ = try number(of: settlement.report) }
            try lanes(of: ticket.settlements.lazy.flatMap(\.followUps).filter { (0...9).contains($0.priority) })
        }
        let plain = tickets.filter { $0.settlements.allSatisfy(\.isPlain) }
        if try complete(plain.flatMap(\.settlements)) {
            for ticket in plain { ticket.reply.succeed(ticket.settlements.map { _ in .settled(followUps: []) }) }
        }
        for ticket in tickets where !ticket.reply.isAnswered {
            let receipts = try transaction { () throws(MySQLError) in try settle(ticket.settlements) }
            if ticket.settlements.contains(where: { !$0.isPlain }) { shared.wake.send() }
            ticket.reply.succeed(receipts)
        }
    }

    /// Completes all of them, if all are held; otherwise none.
    private func complete(_ settlements: [Settlement]) throws(MySQLError) -> Bool {
        guard !settlements.isEmpty else { return true }
        var rows: [[Int64]] = []
        rows.reserveCapacity(settlements.count)
        for settlement in settlements {
            let lease = settlement.lease
            guard let owner = try number(of: lease.owner) else { return false }
            rows.append([
                lease.row, Int64(lease.attempt), owner, try number(of: settlement.report),
                settlement.report.ran.wholeMicroseconds,
            ])
        }
        rows.sort { $0[0] < $1[0] }
        let connection = try connection
        let now = SQL.moment(wall)
        connection.noteTransaction(isOpen: true)
        let changed = try run("START TRANSACTION", sql.move.complete(rows, now: now), commits: false)
        guard changed.affected == rows.count else {
            try connection.rollBack()
            return false
        }
        try run(sql.move.tallyCompleted(rows.map { $0[0] }), "COMMIT")
        connection.noteTransaction(isOpen: false)
        return true
    }

    // MARK: One after another

    /// The attempt first, then its follow-ups: one of them may take the unique key its parent has just let go.
    private func settle(_ settlements: [Settlement]) throws(MySQLError) -> [Receipt] {
        var held = try lockHeld(settlements.map(\.lease))
        var receipts: [Receipt] = []
        var pending = Pending()
        for settlement in settlements {
            guard let job = held.removeValue(forKey: settlement.lease) else {
                receipts.append(.lost)
                continue
            }
            try end(job, settlement, &pending)
            guard !settlement.followUps.isEmpty else {
                receipts.append(.settled(followUps: []))
                continue
            }
            try write(&pending)
            receipts.append(.settled(followUps: try insert(settlement.followUps)))
        }
        try write(&pending)
        return receipts
    }

    private struct Pending {
        var moves: [Move] = []
        var lines: [Line] = []
    }

    private func write(_ pending: inout Pending) throws(MySQLError) {
        try write(pending.moves, pending.lines)
        pending = Pending()
    }

    private func end(_ job: Standing, _ settlement: Settlement, _ pending: inout Pending) throws(MySQLError) {
        var keepsMore = false
        if let checkpoint = settlement.checkpoint {
            try keep(checkpoint: checkpoint, of: job.row)
            keepsMore = true
        }
        if case .completed(let result?) = settlement.outcome {
            try keep(result: result, of: job.row)
            keepsMore = true
        }
        var ending = job.ending
        ending.apply(settlement.outcome, at: job.moment)
        let reporter = try number(of: settlement.report)
        let ran = settlement.report.ran.wholeMicroseconds
        pending.moves.append(
            Move(
                job: job, ending: ending, keepsMore: keepsMore,
                reporter: ending.state == .completed ? reporter : 0,
                ran: ending.state == .completed ? ran : 0))
        // A completed attempt has no text: its line of history is the job's own row. A returned one never began.
        if ending.state == .completed { return }
        if case .returned = settlement.outcome { return }
        pending.lines.append(
            Line(
                job: job, outcome: settlement.outcome.name, error: settlement.outcome.text,
                cause: settlement.outcome.cause, reporter: reporter, ran: ran,
                started: job.now - max(settlement.report.ran, .zero).wholeMicroseconds))
    }

    /// The fence: jobs that run under these leases, locked. A lease past its time holds until it is rescued.
    func lockHeld(_ leases: [Lease], _ locking: Locking = .waiting) throws(MySQLError) -> [Lease: Standing] {
        let rows = Set(leases.map(\.row)).sorted()
        guard !rows.isEmpty else { return [:] }
        let text = sql.move.running(rows, now: SQL.moment(wall), locking)
        var byRow: [Int64: Standing] = [:]
        for job in try standings(run(text)) { byRow[job.row] = job }
        var held: [Lease: Standing] = [:]
        for lease in leases {
            guard let job = byRow[lease.row], job.id == lease.job, job.attempt == Int64(lease.attempt),
                try number(of: lease.owner) == job.owner
            else { continue }
            held[lease] = job
        }
        return held
    }

    // MARK: What attempts leave behind

    func keep(checkpoint: [UInt8], of row: Int64) throws(MySQLError) {
        try run(sql.move.keepCheckpoint) {
            $0.int(row)
            $0.bytes(checkpoint)
        }
    }

    func keep(progress: Progress, of row: Int64) throws(MySQLError) {
        try run(sql.move.keepProgress) {
            $0.int(row)
            $0.int(progress.done)
            $0.int(progress.total)
            $0.text(progress.note)
        }
    }

    private func keep(result: Payload, of row: Int64) throws(MySQLError) {
        try run(sql.move.keepResult) {
            $0.int(row)
            $0.text(result.codec.rawValue)
            $0.int(result.version)
            $0.bytes(result.bytes)
        }
    }
}
