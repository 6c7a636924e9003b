internal import HakobiCore

extension MemoryLedger {
    /// A person's second chance for a job.
    mutating func retry(_ job: JobID, at now: MemoryMoment) -> EditReceipt {
        guard var row = rows[job] else { return .notFound }
        switch row.record.state {
        case .dead, .cancelled:
            if let key = row.uniqueKey, liveKeys[key] != nil { return .refused(row.record.state) }
            row.revive(at: now.wall)
        case .available: row.record.dueAt = min(row.record.dueAt, now.wall)
        case .held, .running, .completed: return .refused(row.record.state)
        }
        keep(row)
        return .done
    }

    /// Cancels a waiting job; asks the holder of a running one.
    mutating func cancel(_ job: JobID, at now: MemoryMoment) -> EditReceipt {
        guard var row = rows[job] else { return .notFound }
        switch row.record.state {
        case .held, .available: row.finish(.cancelled, at: now.wall)
        case .running: row.record.isCancelRequested = true
        case .completed, .cancelled, .dead: return .refused(row.record.state)
        }
        keep(row)
        return row.record.state == .running ? .requested : .done
    }

    /// Removes a job that is not running.
    mutating func delete(_ job: JobID) -> EditReceipt {
        guard let row = rows[job] else { return .notFound }
        guard row.record.state != .running else { return .refused(.running) }
        forget(job)
        return .done
    }

    /// Removes finished jobs beyond what is to be kept, oldest first.
    mutating func prune(_ retention: Retention, limit: Int, at now: MemoryMoment) -> Int {
        accepted = accepted.filter { now.wall < $0.value.until }
        let finished = rows.values.filter(\.record.state.isTerminal).sorted { $0.endOrder < $1.endOrder }
        var surplus = finished.count { $0.record.state == .completed } - max(0, retention.completedRows)
        let past = finished.filter { row in
            if row.record.state == .completed { surplus -= 1 }
            return surplus >= 0 && row.record.state == .completed || row.isPast(retention, at: now.wall)
        }
        let removed = past.prefix(max(0, limit))
        for row in removed { forget(row.record.id) }
        return removed.count
    }
}

extension MemoryRow {
    fileprivate var endOrder: (Timestamp, Int64) { (record.finishedAt ?? record.createdAt, number) }

    fileprivate func isPast(_ retention: Retention, at now: Timestamp) -> Bool {
        let age = record.state == .dead ? retention.deadAge : retention.completedAge
        return endOrder.0 <= now - age
    }

    fileprivate mutating func revive(at now: Timestamp) {
        assert(record.state.canBecome(.available))
        record.state = .available
        record.failures = 0
        record.crashes = 0
        record.dueAt = now
        record.finishedAt = nil
    }
}
