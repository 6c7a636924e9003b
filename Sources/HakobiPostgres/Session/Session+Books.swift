internal import HakobiCore
internal import HakobiDatabase

extension Session {
    /// What gathered for the books: everything simple, of however many callers, in one message and one transaction; then
    /// the rest, one caller after another.
    func keepBooks(_ settles: [SettleTicket], _ inserts: [InsertTicket]) throws(PostgresError) {
        let plainSettles = settles.filter { $0.settlements.allSatisfy(\.isPlain) }
        let plainInserts = inserts.filter { !$0.jobs.contains(where: \.hasKey) }
        if !(plainSettles.isEmpty && plainInserts.isEmpty) { try keepPlain(plainSettles, plainInserts) }
        for ticket in settles where !ticket.reply.isAnswered {
            ticket.reply.succeed(try settle(ticket.settlements))
        }
        for ticket in inserts where !ticket.reply.isAnswered {
            let answers = try insert(ticket.jobs)
            shared.hints.send()
            ticket.reply.succeed(answers)
        }
    }

    /// A lone job is taken for new; if it was there already, all is done again in the way that allows for it.
    private func keepPlain(
        _ settles: [SettleTicket], _ inserts: [InsertTicket], areNew: Bool = true
    ) throws(PostgresError) {
        var plain = PlainInsert()
        for ticket in inserts { plain.add(ticket.jobs, maxPayloadBytes: shared.options.maxPayloadBytes) }
        let jobs = plain.valid
        let lanes = try lanes(of: jobs)
        let ends = try completions(settles.flatMap(\.settlements))
        let over = shared.batches.takeOver()
        let round = newRound()
        let complete = ends.isEmpty ? nil : add(ends, to: round)
        if !over.isEmpty { round.add(sql.move.removeClaims) { $0.int8s(over) } }
        let steps = try jobs.isEmpty ? [] : add(jobs, areNew: areNew, to: round)
        if !jobs.isEmpty { announce(in: round) }
        let answers: Answers
        do throws(PostgresError) { answers = try run(round) } catch {
            shared.batches.putBack(over)
            guard areNew, error.constraint == "live_id" else { throw error }
            return try keepPlain(settles, inserts, areNew: false)
        }
        if let complete { try answer(settles, ends, answers[complete]) }
        guard !inserts.isEmpty else { return }
        let (ids, due) = try fresh(steps, answers)
        lower(lanes, to: due)
        answer(inserts, plain.insertions(ids))
        shared.hints.send()
    }

    private func answer(_ inserts: [InsertTicket], _ insertions: [Insertion]) {
        guard inserts.count > 1 else {
            inserts.first?.reply.succeed(insertions)
            return
        }
        var rest = insertions[...]
        for ticket in inserts {
            ticket.reply.succeed(Array(rest.prefix(ticket.jobs.count)))
            rest = rest.dropFirst(ticket.jobs.count)
        }
    }

    // MARK: Completions

    /// A settlement with the numbers that its names have.
    struct Completion {
        let lease: Lease
        /// 0 for one that has never held a lease.
        let owner: Int32
        let reporter: Int32
        let ran: Int64
    }

    func completions(_ settlements: [Settlement]) throws(PostgresError) -> [Completion] {
        let reporters = try reporters(of: settlements)
        var ends: [Completion] = []
        ends.reserveCapacity(settlements.count)
        for (settlement, reporter) in zip(settlements, reporters) {
            ends.append(
                Completion(
                    lease: settlement.lease, owner: try number(of: settlement.lease.owner) ?? 0, reporter: reporter,
                    ran: settlement.report.ran.wholeMicroseconds))
        }
        return ends
    }

    func add(_ ends: [Completion], to round: Round) -> Int {
        round.add(sql.move.complete) { p in
            addLeases(ends, p)
            p.int8(wall)
            p.int4s(ends) { $0.reporter }
            p.int8s(ends) { $0.ran }
        }
    }

    func addLeases(_ ends: [Completion], _ p: Parameters) {
        p.uuids(ends) { $0.lease.job }
        p.int8s(ends) { $0.lease.row }
        p.int4s(ends) { Int32(clamping: $0.lease.attempt) }
        p.int4s(ends) { $0.owner }
    }

    /// Which of them were held; `nil` when all were.
    func held(_ rows: Rows, of wanted: Int) throws(PostgresError) -> Set<Int>? {
        guard let row = rows.first else { throw PostgresError(defect: "a settlement is silent") }
        let count = Int(try row.int8(0))
        guard count < wanted else { return nil }
        return count == 0 ? [] : Set(try row.int4s(1).map { Int($0) - 1 })
    }

    private func answer(_ settles: [SettleTicket], _ ends: [Completion], _ rows: Rows) throws(PostgresError) {
        let held = try held(rows, of: ends.count)
        shared.batches.end(ends.lazy.map(\.lease))
        var place = 0
        for ticket in settles {
            let receipts: [Receipt] = ticket.settlements.indices.map { index in
                held?.contains(place + index) ?? true ? .settled(followUps: []) : .lost
            }
            place += ticket.settlements.count
            ticket.reply.succeed(receipts)
        }
    }
}
