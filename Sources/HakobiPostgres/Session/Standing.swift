internal import HakobiCore

/// What `flags` holds.
enum JobFlags {
    static let cancelRequested: Int16 = 1
    static let hasKept: Int16 = 2
}

/// Where a running job stands when it is about to be moved.
struct Standing {
    let id: JobID
    let row: Int64
    /// Odd for a suspect.
    let lane: Int32
    let due: Int64
    let attempt: Int32
    let failures: Int32
    let crashes: Int32
    let flags: Int16
    let claimed: Int64

    var isSuspect: Bool { lane & 1 != 0 }

    /// What can be made of it.
    var ending: Ending {
        Ending(
            state: .running, due: due, failures: Int(failures), crashes: Int(crashes), isSuspect: isSuspect,
            isCancelRequested: flags & JobFlags.cancelRequested != 0)
    }
}

/// Where something becomes available, and when.
struct Opening {
    let lane: Int32
    let due: Int64
}

/// Jobs that leave `running` together, and the lines of history that they leave.
struct Moves {
    private struct Move {
        let job: Standing
        let ending: Ending
        let flags: Int16
        let reporter: Int32?
        let ran: Int64?

        var lane: Int32 { job.lane & ~1 | (ending.isSuspect ? 1 : 0) }
    }

    private struct Line {
        let job: Standing
        let outcome: String
        let error: String?
        let cause: CauseOfDeath?
        let reporter: Int32?
        let ran: Int64?
        let started: Int64
    }

    private var back: [Move] = []
    private var ended: [Move] = []
    private var lines: [Line] = []

    /// A job goes where `ending` says; nobody holds it any more, and a request to cancel it is answered.
    mutating func add(_ job: Standing, _ ending: Ending, kept: Bool, reporter: Int32? = nil, ran: Int64? = nil) {
        let flags = job.flags & ~JobFlags.cancelRequested | (kept ? JobFlags.hasKept : 0)
        let move = Move(job: job, ending: ending, flags: flags, reporter: reporter, ran: ran)
        if ending.state == .available { back.append(move) } else { ended.append(move) }
    }

    /// A line of history.
    mutating func addLine(
        _ job: Standing, _ outcome: String, error: String?, _ cause: CauseOfDeath?, reporter: Int32?, ran: Int64?,
        started: Int64
    ) {
        lines.append(
            Line(
                job: job, outcome: outcome, error: error?.storable, cause: cause, reporter: reporter, ran: ran,
                started: started))
    }

    /// Where something becomes available, and when.
    var openings: [Opening] { back.map { Opening(lane: $0.lane, due: $0.ending.due) } }

    /// Writes everything.
    func add(to round: Round, _ sql: MoveStatements, at now: Timestamp) {
        if !back.isEmpty { addBack(to: round, sql) }
        if !ended.isEmpty { addEnded(to: round, sql, at: now) }
        guard !lines.isEmpty else { return }
        round.add(sql.addAttempts) { p in
            p.int8s(lines) { $0.job.row }
            p.int4s(lines) { $0.job.attempt }
            p.texts(lines) { $0.outcome }
            p.texts(lines) { $0.error }
            p.int4s(lines) { $0.cause?.signal }
            p.int4s(lines) { $0.cause?.exitCode }
            p.int8s(lines) { $0.cause?.peakMemory }
            p.int4s(lines) { $0.reporter }
            p.int8s(lines) { $0.ran }
            p.int8s(lines) { $0.started }
            p.int8(now.microseconds)
        }
    }

    private func addBack(to round: Round, _ sql: MoveStatements) {
        round.add(sql.giveBack) { p in
            p.uuids(back) { $0.job.id }
            p.int4s(back) { $0.lane }
            p.int8s(back) { $0.ending.due }
            p.int4s(back) { Int32(clamping: $0.ending.failures) }
            p.int4s(back) { Int32(clamping: $0.ending.crashes) }
            p.int2s(back) { $0.flags }
        }
    }

    private func addEnded(to round: Round, _ sql: MoveStatements, at now: Timestamp) {
        round.add(sql.finish) { p in
            p.uuids(ended) { $0.job.id }
            p.int4s(ended) { $0.lane }
            p.int4s(ended) { Int32(clamping: $0.ending.failures) }
            p.int4s(ended) { Int32(clamping: $0.ending.crashes) }
            p.int2s(ended) { $0.flags }
            p.int2s(ended) { Int16($0.ending.state.rawValue) }
            p.int4s(ended) { $0.reporter }
            p.int8s(ended) { $0.ran }
            p.int8(now.microseconds)
        }
    }
}
