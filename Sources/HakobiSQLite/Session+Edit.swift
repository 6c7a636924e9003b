internal import HakobiCore

extension Session {
    /// A person's second chance for jobs.
    func retry(_ ids: [JobID]) throws(StoreError) -> [EditReceipt] {
        try edit(ids) { job throws(StoreError) in
            switch job.state {
            case .dead, .cancelled:
                guard try !self.isUniqueKeyTaken(job.id) else { return .refused(job.state) }
                var ending = try self.ending(of: job)
                ending.revive(at: self.now)
                try self.move(job, ending)
                return .done
            case .available:
                try self.hasten(job)
                return .done
            case .held, .running, .completed: return .refused(job.state)
            }
        }
    }

    /// Cancels waiting jobs; asks the holders of running ones.
    func cancel(_ ids: [JobID]) throws(StoreError) -> [EditReceipt] {
        try edit(ids) { job throws(StoreError) in
            switch job.state {
            case .held, .available:
                try self.withdraw(job)
                return .done
            case .running:
                let statement = try self.connection.prepare(.requestCancel)
                statement.bind(1, job.row)
                try statement.run()
                self.hasNews = true
                return .requested
            case .completed, .cancelled, .dead: return .refused(job.state)
            }
        }
    }

    /// Removes jobs that are not running.
    func delete(_ ids: [JobID]) throws(StoreError) -> [EditReceipt] {
        try edit(ids) { job throws(StoreError) in
            guard job.state != .running else { return .refused(.running) }
            try self.remove(row: job.row, lane: job.lane, state: job.state, flags: job.flags)
            return .done
        }
    }

    private func edit(
        _ ids: [JobID], _ body: (Standing) throws(StoreError) -> EditReceipt
    ) throws(StoreError) -> [EditReceipt] {
        var receipts: [EditReceipt] = []
        for id in ids { receipts.append(try standing(of: id).map(body) ?? .notFound) }
        return receipts
    }

    /// Where a job stands, by its id.
    func standing(of id: JobID) throws(StoreError) -> Standing? {
        let statement = try connection.prepare(.jobForEdit)
        statement.bind(1, id)
        return try statement.first { row throws(StoreError) in
            Standing(
                row: row.int(0), id: id, lane: row.int(1), state: try self.state(row.int(3)), due: row.int(4),
                attempt: 0, failures: Int(row.int(5)), crashes: Int(row.int(6)), flags: row.int(7), claimed: 0)
        }
    }

    /// Cancels a job that waits.
    func withdraw(_ job: Standing) throws(StoreError) {
        var ending = try ending(of: job)
        ending.withdraw()
        try move(job, ending)
    }

    private func ending(of job: Standing) throws(StoreError) -> Ending {
        Ending(job, isSuspect: try lane(job.lane).isLonely)
    }

    private func hasten(_ job: Standing) throws(StoreError) {
        guard job.due > now.microseconds else { return }
        let statement = try connection.prepare(.hastenJob)
        statement.bind(1, job.row)
        statement.bind(2, now.microseconds)
        try statement.run()
        left(.available, in: job.lane)
        arrived(.available, in: job.lane, due: now.microseconds)
    }

    private func isUniqueKeyTaken(_ id: JobID) throws(StoreError) -> Bool {
        let find = try connection.prepare(.jobForEdit)
        find.bind(1, id)
        let key = try find.first { row in (kind: row.int(2), text: row.optionalText(8)) }
        guard let key, let text = key.text else { return false }
        let statement = try connection.prepare(.findUniqueHolder)
        statement.bind(1, key.kind)
        statement.bind(2, text)
        return try statement.first { _ in true } ?? false
    }

    /// A job with all that belongs to it. What an idempotency key remembers is not part of that.
    func remove(row: Int64, lane: Int64, state: JobState, flags: Int64) throws(StoreError) {
        for step in [Statements.removeJob, .removeContent, .removeAttempts, .removeKept] {
            if step == .removeKept, flags & JobFlags.hasKept == 0 { continue }
            let statement = try connection.prepare(step)
            statement.bind(1, row)
            try statement.run()
        }
        try keepLastRow(row)
        left(state, in: lane)
    }
}
