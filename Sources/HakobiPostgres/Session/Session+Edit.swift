internal import HakobiCore
internal import Synchronization

/// Ids of one edit that can be treated together, and what was found about each.
private struct Edit {
    var receipts: [JobID: EditReceipt] = [:]

    mutating func note(_ rows: Rows, _ receipt: EditReceipt) throws(PostgresError) {
        for row in rows { receipts[try row.uuid(0)] = receipt }
    }

    /// The rest: what stands in the way, or nothing at all.
    mutating func noteStanding(_ rows: Rows) throws(PostgresError) {
        for row in rows {
            let id = try row.uuid(0)
            guard receipts[id] == nil, let state = JobState(rawValue: UInt8(truncatingIfNeeded: try row.int2(1)))
            else { continue }
            receipts[id] = .refused(state)
        }
    }
}

/// All of an edit is one message and one transaction, whose first statement locks the live rows it is about.
extension Session {
    /// A person's second chance for jobs.
    func retry(_ ids: [JobID]) throws(PostgresError) -> [EditReceipt] {
        try edit(ids) { ids, edit throws(PostgresError) in
            let round = self.lockRound(ids)
            let hastened = round.add(self.sql.edit.hasten) { self.bind($0, ids) }
            let revived = round.add(self.sql.edit.revive) { self.bind($0, ids) }
            let standing = round.add(self.sql.edit.standing) { $0.uuids(ids) }
            self.announce(in: round)
            let answers = try self.run(round)
            for step in [hastened, revived] {
                let rows = try answers[step]
                try edit.note(rows, .done)
                for row in rows {
                    let (lane, due) = (try row.int4(1), try row.int8(2))
                    self.shared.cursors.withLock { $0.lower(lane, to: due) }
                }
            }
            try edit.noteStanding(answers[standing])
        }
    }

    /// Cancels waiting jobs; asks the holders of running ones.
    func cancel(_ ids: [JobID]) throws(PostgresError) -> [EditReceipt] {
        try edit(ids) { ids, edit throws(PostgresError) in
            let round = self.lockRound(ids)
            let withdrawn = round.add(self.sql.edit.withdraw) { self.bind($0, ids) }
            let requested = round.add(self.sql.edit.requestCancel) { $0.uuids(ids) }
            let standing = round.add(self.sql.edit.standing) { $0.uuids(ids) }
            self.announceToAll(in: round)
            let answers = try self.run(round)
            try edit.note(answers[withdrawn], .done)
            try edit.note(answers[requested], .requested)
            try edit.noteStanding(answers[standing])
        }
    }

    /// Removes jobs that are not running, with all that belongs to them. What an idempotency key remembers is not part of
    /// that. Within a transaction.
    func delete(_ ids: [JobID]) throws(PostgresError) -> [EditReceipt] {
        try edit(ids) { ids, edit throws(PostgresError) in
            let round = self.lockRound(ids)
            let live = round.add(self.sql.edit.removeLive) { $0.uuids(ids) }
            let finished = round.add(self.sql.edit.removeFinished) { $0.uuids(ids) }
            let standing = round.add(self.sql.edit.standing) { $0.uuids(ids) }
            let answers = try self.run(round)
            var rows: [Int64] = []
            for step in [live, finished] {
                try edit.note(answers[step], .done)
                for row in try answers[step] { rows.append(try row.int8(1)) }
            }
            try edit.noteStanding(answers[standing])
            try self.removeBelongings(of: rows)
        }
    }

    func removeBelongings(of rows: [Int64]) throws(PostgresError) {
        guard !rows.isEmpty else { return }
        let round = newRound()
        round.add(sql.edit.removeKept) { $0.int8s(rows) }
        round.add(sql.edit.removeAttempts) { $0.int8s(rows) }
        _ = try run(round)
    }

    private func lockRound(_ ids: [JobID]) -> Round {
        let round = newRound()
        round.add(sql.edit.lock) { $0.uuids(ids) }
        return round
    }

    private func bind(_ p: Parameters, _ ids: [JobID]) {
        p.uuids(ids)
        p.int8(wall)
    }

    /// An id that comes twice is edited twice, one after the other.
    private func edit(
        _ ids: [JobID], _ body: ([JobID], inout Edit) throws(PostgresError) -> Void
    ) throws(PostgresError) -> [EditReceipt] {
        var receipts: [EditReceipt] = []
        var rest = ids[...]
        while !rest.isEmpty {
            var seen: Set<JobID> = []
            let part = Array(rest.prefix(1000).prefix { seen.insert($0).inserted })
            var edit = Edit()
            try body(part, &edit)
            receipts += part.map { edit.receipts[$0] ?? .notFound }
            rest = rest.dropFirst(part.count)
        }
        return receipts
    }

    // MARK: Retention

    /// Removes finished jobs beyond what is to be kept, oldest first. Within a transaction.
    func prune(_ retention: Retention, limit: Int) throws(PostgresError) -> Int {
        guard limit > 0 else { return 0 }
        // Ages beyond what a moment can be counted back are no ages.
        let longest: Int64 = 4_000_000_000_000_000_000
        let start = ContinuousClock.now
        let floor = pruned.floor(at: start)
        let round = newRound()
        let step = round.add(sql.edit.prune) { p in
            p.int8(wall)
            p.int8(Int64(limit))
            p.int8(min(longest, max(0, retention.completedAge.wholeMicroseconds)))
            p.int8(min(longest, max(0, retention.deadAge.wholeMicroseconds)))
            p.int8(Int64(max(0, retention.completedRows)))
            p.int8(floor)
        }
        var rows: [Int64] = []
        for row in try run(round)[step] {
            rows.append(try row.int8(0))
            if let ended = try row.int8OrNil(1) { pruned.removed(ended) }
        }
        pruned.ended(from: start, to: .now)
        try removeBelongings(of: rows)
        return rows.count
    }

    /// Forgets requests past their window, and sums up what has been counted.
    func tidy(limit: Int) throws(PostgresError) {
        let round = newRound()
        round.add(sql.edit.removeIdempotency) {
            $0.int8(wall)
            $0.int8(Int64(limit))
        }
        round.add(sql.edit.foldTally)
        _ = try run(round)
    }
}
