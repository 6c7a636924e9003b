internal import HakobiCore
internal import HakobiDatabase
internal import Synchronization

extension Session {
    /// Ends attempts of every kind, in the order given, in one transaction.
    func settle(_ settlements: [Settlement]) throws(PostgresError) -> [Receipt] {
        // Names first: what they write is committed on its own.
        let ends = try completions(settlements)
        _ = try lanes(of: settlements.flatMap(\.followUps).filter { $0.refusal(maxPayloadBytes: .max) == nil })
        let receipts = try transaction { () throws(PostgresError) in
            var receipts: [Receipt] = []
            for chunk in Self.chunks(settlements) { receipts += try settle(chunk, settlements, ends) }
            return receipts
        }
        shared.batches.end(settlements.lazy.map(\.lease))
        shared.hints.send()
        return receipts
    }

    /// Runs that can be written together: what follows a settlement with follow-ups may depend on them, and of two for one
    /// job the first counts.
    static func chunks(_ settlements: [Settlement]) -> [Range<Int>] {
        var chunks: [Range<Int>] = []
        var start = 0
        var seen: Set<JobID> = []
        for (place, settlement) in settlements.enumerated() {
            if !seen.insert(settlement.lease.job).inserted {
                chunks.append(start..<place)
                (start, seen) = (place, [settlement.lease.job])
            }
            if !settlement.followUps.isEmpty {
                chunks.append(start..<place + 1)
                (start, seen) = (place + 1, [])
            }
        }
        if start < settlements.count { chunks.append(start..<settlements.count) }
        return chunks
    }

    private func settle(
        _ chunk: Range<Int>, _ settlements: [Settlement], _ ends: [Completion]
    ) throws(PostgresError) -> [Receipt] {
        let plain = chunk.filter { settlements[$0].isPlain }
        let others = chunk.filter { !settlements[$0].isPlain }
        let round = newRound()
        let completed = plain.isEmpty ? nil : add(plain.map { ends[$0] }, to: round)
        let locked = others.isEmpty ? nil : addLook(sql.move.lockHeld, others.map { ends[$0] }, to: round)
        let answers = try run(round)
        var held: Set<Int> = []
        if let completed {
            let places = try self.held(answers[completed], of: plain.count)
            held.formUnion(plain.indices.filter { places?.contains($0) ?? true }.map { plain[$0] })
        }
        if let locked {
            let rows = try answers[locked]
            for row in rows { held.insert(others[Int(try row.int8(0)) - 1]) }
            try write(rows, others.map { (settlements[$0], ends[$0]) })
        }
        var receipts: [Receipt] = []
        for place in chunk {
            guard held.contains(place) else {
                receipts.append(.lost)
                continue
            }
            let followUps = settlements[place].followUps
            receipts.append(.settled(followUps: try followUps.isEmpty ? [] : insert(followUps)))
        }
        return receipts
    }

    /// Looks for leases, locking or not.
    func addLook(_ statement: Statement, _ leases: [Completion], to round: Round) -> Int {
        round.add(statement) { p in
            addLeases(leases, p)
            p.int8(wall)
        }
    }

    /// Decides what becomes of each held job, and writes it.
    private func write(_ rows: Rows, _ settlements: [(Settlement, Completion)]) throws(PostgresError) {
        guard let now = try rows.first.map({ row throws(PostgresError) in Timestamp(microseconds: try row.int8(8)) })
        else { return }
        var moves = Moves()
        let round = newRound()
        for row in rows {
            let (settlement, end) = settlements[Int(try row.int8(0)) - 1]
            let job = try row.standing(attempt: Int32(clamping: settlement.lease.attempt))
            var ending = job.ending
            ending.apply(settlement.outcome, at: now)
            let kept = keep(settlement, job, in: round)
            let isCompleted = ending.state == .completed
            moves.add(
                job, ending, kept: kept, reporter: isCompleted ? end.reporter : nil, ran: isCompleted ? end.ran : nil)
            if !isCompleted { moves.addLine(of: settlement, end, job, at: now) }
        }
        moves.add(to: round, sql.move, at: now)
        let openings = moves.openings
        announce(openings, at: now, in: round)
        _ = try run(round)
        open(openings)
    }

    /// What an attempt leaves behind; says whether there is something.
    private func keep(_ settlement: Settlement, _ job: Standing, in round: Round) -> Bool {
        var isKept = false
        if let checkpoint = settlement.checkpoint {
            isKept = true
            keep(checkpoint: checkpoint, of: job.row, in: round)
        }
        guard case .completed(let result?) = settlement.outcome else { return isKept }
        round.add(sql.move.keepResult) {
            $0.int8(job.row)
            $0.text(result.codec.rawValue)
            $0.int4(Int32(clamping: result.version))
            $0.bytea(result.bytes)
        }
        return true
    }

    func keep(checkpoint: [UInt8], of row: Int64, in round: Round) {
        round.add(sql.move.keepCheckpoint) {
            $0.int8(row)
            $0.bytea(checkpoint)
        }
    }
}

extension Moves {
    /// The line of an attempt; a returned one never began and leaves none.
    fileprivate mutating func addLine(
        of settlement: Settlement, _ end: Session.Completion, _ job: Standing, at now: Timestamp
    ) {
        if case .returned = settlement.outcome { return }
        addLine(
            job, settlement.outcome.name, error: settlement.outcome.text, settlement.outcome.cause,
            reporter: end.reporter, ran: end.ran, started: now.microseconds - max(end.ran, 0))
    }
}

extension Rows.Row {
    /// A row of `lockHeld`.
    func standing(attempt: Int32) throws(PostgresError) -> Standing {
        Standing(
            id: try uuid(9), row: try int8(1), lane: try int4(2), due: try int8(3), attempt: attempt,
            failures: try int4(4), crashes: try int4(5), flags: try int2(6), claimed: try int8OrNil(7) ?? 0)
    }
}
