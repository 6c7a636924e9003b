internal import HakobiCore

extension Session {
    /// A person's second chance for jobs.
    func retry(_ ids: [JobID]) throws(MySQLError) -> [EditReceipt] {
        try edit(ids) { job throws(MySQLError) in
            switch job.state {
            case .dead, .cancelled:
                guard try !self.isKeyTaken(job) else { return .refused(job.state) }
                var ending = job.ending
                ending.revive(at: job.moment)
                try self.write([Move(job: job, ending: ending)])
                return .done
            case .available:
                try self.hasten(job)
                return .done
            default: return .refused(job.state)
            }
        }
    }

    /// Cancels waiting jobs; asks the holders of running ones.
    func cancel(_ ids: [JobID]) throws(MySQLError) -> [EditReceipt] {
        try edit(ids) { job throws(MySQLError) in
            switch job.state {
            case .available:
                try self.withdraw(job)
                return .done
            case .running:
                try self.run(self.sql.edit.requestCancel) { $0.int(job.row) }
                return .requested
            default: return .refused(job.state)
            }
        }
    }

    /// Removes jobs that are not running.
    func delete(_ ids: [JobID]) throws(MySQLError) -> [EditReceipt] {
        try edit(ids) { job throws(MySQLError) in
            guard job.state != .running else { return .refused(.running) }
            try self.run(self.sql.edit.remove([job.row]))
            var tally = Tally()
            if job.state.isTerminal { tally.add(-1, lane: job.lane, place: job.place) }
            try self.write(tally)
            return .done
        }
    }

    private func edit(
        _ ids: [JobID], _ body: (Standing) throws(MySQLError) -> EditReceipt
    ) throws(MySQLError) -> [EditReceipt] {
        var receipts: [EditReceipt] = []
        let wall = wall
        for id in ids {
            let found = try run(sql.edit.standing) {
                $0.int(wall)
                $0.id(id)
            }
            if let row = found.first { receipts.append(try body(Standing(row))) } else { receipts.append(.notFound) }
        }
        return receipts
    }

    private func hasten(_ job: Standing) throws(MySQLError) {
        guard job.due > job.now else { return }
        try run(sql.edit.hasten) {
            $0.int(job.now)
            $0.int(job.row)
        }
        arrived(job.place, due: job.now)
    }

    private func isKeyTaken(_ job: Standing) throws(MySQLError) -> Bool {
        guard let key = job.uniqueKey else { return false }
        let wall = wall
        return try !run(sql.insert.uniqueHolder) {
            $0.int(wall)
            $0.int(job.kind)
            $0.bytes(key)
        }.isEmpty
    }

    /// Pauses or resumes a queue, known or not.
    func setPaused(_ queue: QueueName, _ isPaused: Bool) throws(MySQLError) {
        try run(sql.edit.putPause) {
            $0.text(queue.description)
            $0.int(isPaused ? 1 : 0)
        }
    }

    /// The paused queues, sorted.
    func pausedQueues() throws(MySQLError) -> [QueueName] {
        var queues: [QueueName] = []
        for row in try run(sql.edit.pausedNames, commits: false) { queues.append(try queueName(try row.text(0))) }
        return queues
    }
}
