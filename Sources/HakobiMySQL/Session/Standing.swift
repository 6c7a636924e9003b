internal import HakobiCore

/// A job as it stands, locked: what is looked at before it is moved.
struct Standing {
    let row: Int64
    let id: JobID
    let lane: Int64
    let place: Int64
    let state: JobState
    let due: Int64
    let attempt: Int64
    let failures: Int
    let crashes: Int
    var flags: Int64
    let owner: Int64
    let claimed: Int64
    let kind: Int64
    let uniqueKey: [UInt8]?
    /// The moment of the look.
    let now: Int64

    init(_ row: Row) throws(MySQLError) {
        self.row = try row.int(0)
        id = try row.jobID(1)
        lane = try row.int(2)
        place = try row.int(3)
        state = try Place.state(place)
        due = try row.int(4)
        attempt = try row.int(5)
        failures = Int(try row.int(6))
        crashes = Int(try row.int(7))
        flags = try row.int(8)
        owner = try row.int(9)
        claimed = try row.int(10)
        kind = try row.int(11)
        uniqueKey = row.bytesOrNil(12)
        now = try row.int(13)
    }

    var isLonely: Bool { flags & JobFlags.isLonely != 0 }
    var moment: Timestamp { Timestamp(microseconds: now) }

    var ending: Ending {
        Ending(
            state: state, due: due, failures: failures, crashes: crashes, isSuspect: isLonely,
            isCancelRequested: flags & JobFlags.cancelRequested != 0)
    }
}

/// A move that is to be written.
struct Move {
    let job: Standing
    let ending: Ending
    var keepsMore = false
    var reporter: Int64 = 0
    var ran: Int64 = 0

    var place: Int64 { Place.of(ending.state, lane: job.lane, isLonely: ending.isSuspect) }
    var flags: Int64 {
        job.flags & JobFlags.hasKept | (keepsMore ? JobFlags.hasKept : 0) | (ending.isSuspect ? JobFlags.isLonely : 0)
    }
}

/// A line of history that is to be written.
struct Line {
    let job: Standing
    let outcome: String
    var error: String?
    var cause: CauseOfDeath?
    var reporter: Int64?
    var ran: Int64?
    let started: Int64
}

extension Session {
    func standings(_ rows: Rows) throws(MySQLError) -> [Standing] {
        var standings: [Standing] = []
        for row in rows { standings.append(try Standing(row)) }
        return standings
    }

    /// Writes moves of locked jobs, what they leave in the history, and the counts of what has ended.
    func write(_ moves: [Move], _ lines: [Line] = []) throws(MySQLError) {
        guard !moves.isEmpty else { return }
        try run(sql.move.move, each: moves) { values, move in
            values.int(move.place)
            values.int(move.ending.state.isTerminal ? move.job.now : move.ending.due)
            values.int(move.ending.due)
            values.int(move.ending.failures)
            values.int(move.ending.crashes)
            values.int(move.flags)
            values.int(move.reporter)
            values.int(move.ran)
            values.int(move.job.row)
        }
        if !lines.isEmpty { try write(lines) }
        try tally(moves)
        for move in moves where move.place > 0 { arrived(move.place, due: move.ending.due) }
    }

    private func write(_ lines: [Line]) throws(MySQLError) {
        try run(sql.move.addAttempt, each: lines) { values, line in
            values.int(line.job.row)
            values.int(line.job.attempt)
            values.text(line.outcome)
            values.text(line.error)
            values.int(line.cause?.signal.map(Int64.init))
            values.int(line.cause?.exitCode.map(Int64.init))
            values.int(line.cause?.peakMemory)
            values.int(line.reporter)
            values.int(line.ran)
            values.int(line.started)
            values.int(line.job.now)
        }
    }

    private func tally(_ moves: [Move]) throws(MySQLError) {
        var counts = Tally()
        for move in moves {
            if move.job.state.isTerminal { counts.add(-1, lane: move.job.lane, place: move.job.place) }
            if move.ending.state.isTerminal { counts.add(1, lane: move.job.lane, place: move.place) }
        }
        try write(counts)
    }

    func write(_ tally: Tally) throws(MySQLError) {
        let changes = tally.changes
        if !changes.isEmpty { try run(sql.move.tally(changes)) }
    }
}

/// Changes to the counts of what has ended.
struct Tally {
    private struct Key: Hashable {
        let lane: Int64
        let place: Int64
    }

    private var counts: [Key: Int64] = [:]

    mutating func add(_ delta: Int64, lane: Int64, place: Int64) {
        counts[Key(lane: lane, place: place), default: 0] += delta
    }

    var changes: [[Int64]] { counts.filter { $0.value != 0 }.map { [$0.key.lane, $0.key.place, $0.value] } }
}
