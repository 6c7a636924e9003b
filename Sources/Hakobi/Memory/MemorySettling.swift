internal import HakobiCore

extension MemoryLedger {
    /// Ends one attempt, then inserts its follow-ups: a follow-up may take the unique key its parent has just let go.
    mutating func settle(_ settlement: Settlement, at now: MemoryMoment) -> Receipt {
        guard var row = held(under: settlement.lease) else { return .lost }
        if let checkpoint = settlement.checkpoint { row.record.checkpoint = checkpoint }
        row.write(settlement, at: now.wall)
        row.end(settlement.outcome, at: now.wall)
        keep(row)
        return .settled(followUps: settlement.followUps.map { insert($0, at: now) })
    }
}

extension MemoryRow {
    /// One clause an outcome.
    fileprivate mutating func end(_ outcome: Outcome, at now: Timestamp) {
        clearSuspicion(after: outcome)
        switch outcome {
        case .completed(let result):
            finish(.completed, at: now)
            record.result = result
        case .failed(_, .after(let delay)), .settledByHandler(otherwise: .after(let delay)):
            record.failures += 1
            giveBack(due: now + max(delay, .zero), at: now)
        case .failed(_, .never), .settledByHandler(otherwise: .never):
            record.failures += 1
            finish(.dead, at: now)
        case .snoozed(let delay, _): giveBack(due: now + max(delay, .zero), at: now)
        case .cancelled: finish(.cancelled, at: now)
        case .interrupted, .returned: giveBack(at: now)
        case .crashed(_, _, let budget): _ = charge(budget: budget, at: now)
        case .suspected:
            record.isSuspect = true
            giveBack(at: now)
        }
    }

    /// Charges a crash, and says whether the budget is spent. A suspect's first crash is thereby proven its own, so both
    /// are charged.
    mutating func charge(budget: Int, at now: Timestamp) -> Bool {
        record.crashes += record.isSuspect ? 2 : 1
        if record.crashes < budget {
            giveBack(at: now)
            return false
        }
        finish(.dead, at: now)
        return true
    }

    /// Whoever ran without a crash is cleared; whoever never started has proven nothing.
    private mutating func clearSuspicion(after outcome: Outcome) {
        switch outcome {
        case .crashed, .suspected, .returned: break
        case .completed, .failed, .snoozed, .cancelled, .interrupted, .settledByHandler: record.isSuspect = false
        }
    }

    /// Adds the line of history; a returned attempt never began and leaves none.
    fileprivate mutating func write(_ settlement: Settlement, at now: Timestamp) {
        if case .returned = settlement.outcome { return }
        let report = settlement.report
        record.history.append(
            AttemptRecord(
                attempt: record.attempt, outcome: settlement.outcome.name, error: settlement.outcome.text,
                cause: settlement.outcome.cause, report: report, startedAt: now - max(report.ran, .zero), endedAt: now))
    }
}

extension Settlement {
    /// Something may be due by it; a hint too many does no harm.
    var bringsWork: Bool {
        switch outcome {
        case .completed, .cancelled, .failed(_, .never), .settledByHandler(otherwise: .never): !followUps.isEmpty
        case .failed, .snoozed, .interrupted, .returned, .crashed, .suspected, .settledByHandler: true
        }
    }
}

extension Outcome {
    /// The error or reason that the history keeps.
    fileprivate var text: String? {
        switch self {
        case .completed, .returned: nil
        case .settledByHandler: Self.uncommitted
        case .failed(let error, _), .crashed(_, let error, _), .suspected(_, let error): error
        case .snoozed(_, let reason), .cancelled(let reason), .interrupted(let reason): reason
        }
    }

    /// How the process ended, when one did.
    fileprivate var cause: CauseOfDeath? {
        switch self {
        case .crashed(let cause, _, _), .suspected(let cause, _): cause
        case .completed, .failed, .snoozed, .cancelled, .interrupted, .returned, .settledByHandler: nil
        }
    }
}
