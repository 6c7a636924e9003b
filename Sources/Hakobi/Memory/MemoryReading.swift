internal import HakobiCore

extension MemoryLedger {
    func jobs(matching filter: JobFilter, limit: Int, before: JobID?) -> [JobRecord] {
        let found = rows.values.lazy.map(\.record).filter { record in
            filter.matches(record) && before.map { record.id < $0 } ?? true
        }
        return found.sorted { $0.id > $1.id }.prefix(max(0, limit)).map { record in
            var record = record
            record.history = []
            return record
        }
    }

    func stats(at now: MemoryMoment) -> StoreStats {
        var states = Dictionary(uniqueKeysWithValues: JobState.allCases.map { ($0, 0) })
        var lanes: [WaitingRoom.Lane: StoreStats.Lane] = [:]
        for record in rows.values.lazy.map(\.record) {
            states[record.state, default: 0] += 1
            let key = WaitingRoom.Lane(queue: record.queue, kind: record.kind, isSuspect: false)
            let empty = StoreStats.Lane(
                queue: record.queue, kind: record.kind, isPaused: paused.contains(record.queue))
            lanes[key, default: empty].count(record, at: now.wall)
        }
        return StoreStats(states: states, lanes: lanes.values.sorted { $0.isBefore($1) }, takenAt: now.wall)
    }

    func registered(at now: MemoryMoment) -> [RegisteredWorker] {
        workers.values.sorted { $0.report.owner.description < $1.report.owner.description }
            .map { RegisteredWorker(report: $0.report, silence: now.steady - $0.heardAt) }
    }

    func owners() -> [Owner] {
        let holders = running.compactMap { rows[$0]?.record.owner }
        return Set(holders).union(workers.keys).sorted { $0.description < $1.description }
    }
}

extension JobFilter {
    fileprivate func matches(_ record: JobRecord) -> Bool {
        (state == nil || state == record.state) && (queue == nil || queue == record.queue)
            && (kind == nil || kind == record.kind)
    }
}

extension StoreStats.Lane {
    fileprivate mutating func count(_ record: JobRecord, at now: Timestamp) {
        switch record.state {
        case .available where record.dueAt <= now:
            ready += 1
            oldestReady = max(oldestReady ?? .zero, now - record.dueAt)
        case .available: if record.failures > 0 { retrying += 1 } else { scheduled += 1 }
        case .running: running += 1
        case .dead: dead += 1
        case .held, .completed, .cancelled: break
        }
    }

    /// By queue, then kind, each by its bytes.
    fileprivate func isBefore(_ other: StoreStats.Lane) -> Bool {
        if queue != other.queue { return queue < other.queue }
        return kind.description.utf8.lexicographicallyPrecedes(other.kind.description.utf8)
    }
}
