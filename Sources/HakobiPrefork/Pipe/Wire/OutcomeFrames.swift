import Hakobi
import HakobiCore

/// How one attempt ended, as the child tells it; the parent knows the lease behind the ticket.
struct TicketOutcome: Sendable, Hashable {
    var ticket: Ticket
    var outcome: Outcome
    var ran: Duration
    var followUps: [NewJob] = []
    var checkpoint: [UInt8]?
}

/// News of a running job.
struct TicketNews: Sendable, Hashable {
    var ticket: Ticket
    var progress: Progress?
    var checkpoint: [UInt8]?
}

extension ByteWriter {
    /// One outcome as an element of an outcomes frame.
    mutating func put(_ ended: TicketOutcome) {
        put(ended.ticket)
        put(ended.ran.wholeNanoseconds)
        put(ended.outcome)
        put(ended.checkpoint) { $0.put($1) }
        put(UInt32(ended.followUps.count))
        for job in ended.followUps { put(job) }
    }

    private mutating func put(_ outcome: Outcome) {
        switch outcome {
        case .completed(let result):
            put(UInt8(1))
            put(result) { $0.put($1) }
        case .failed(let error, .after(let delay)):
            put(UInt8(2))
            put(error)
            put(delay)
        case .failed(let error, .never):
            put(UInt8(3))
            put(error)
        case .snoozed(let delay, let reason):
            put(UInt8(4))
            put(delay)
            put(reason)
        case .cancelled(let reason):
            put(UInt8(5))
            put(reason)
        case .interrupted(let reason):
            put(UInt8(6))
            put(reason)
        case .crashed(let cause, let error, let budget):
            // Of a process that a handler had started: a child cannot report its own death.
            put(UInt8(10))
            put(cause.signal) { $0.put($1) }
            put(cause.exitCode) { $0.put($1) }
            put(cause.peakMemory) { $0.put($1) }
            put(error)
            put(Int64(budget))
        case .returned, .suspected:
            // Whatever is not its own word goes back as never run.
            put(UInt8(7))
        case .settledByHandler(otherwise: .after(let delay)):
            put(UInt8(8))
            put(delay)
        case .settledByHandler(otherwise: .never): put(UInt8(9))
        }
    }

    mutating func putNews(_ news: TicketNews) {
        frame(.news) { frame in
            frame.put(news.ticket)
            frame.put(news.progress) { frame, progress in
                frame.put(Int64(progress.done))
                frame.put(progress.total) { $0.put(Int64($1)) }
                frame.put(progress.note)
            }
            frame.put(news.checkpoint) { $0.put($1) }
        }
    }

    mutating func putReturned(_ tickets: [Ticket]) {
        frame(.returned) { frame in
            frame.put(UInt32(tickets.count))
            for ticket in tickets { frame.put(ticket) }
        }
    }
}

extension ByteReader {
    mutating func outcomes() throws(FrameError) -> [TicketOutcome] {
        let count = try count(ofAtLeast: 22)
        var outcomes: [TicketOutcome] = []
        outcomes.reserveCapacity(count)
        for _ in 0..<count { outcomes.append(try ticketOutcome()) }
        try end()
        return outcomes
    }

    private mutating func ticketOutcome() throws(FrameError) -> TicketOutcome {
        let ticket = try integer(Ticket.self)
        let ran = Duration.nanoseconds(try integer(Int64.self))
        let outcome = try outcome()
        var ended = TicketOutcome(ticket: ticket, outcome: outcome, ran: max(.zero, ran))
        ended.checkpoint = try optional { reader throws(FrameError) in try reader.blob() }
        for _ in 0..<(try count(ofAtLeast: 16)) { ended.followUps.append(try newJob()) }
        return ended
    }

    private mutating func outcome() throws(FrameError) -> Outcome {
        switch try integer(UInt8.self) {
        case 1: .completed(result: try optional { reader throws(FrameError) in try reader.payload() })
        case 2: .failed(error: try text(), .after(max(.zero, try duration())))
        case 3: .failed(error: try text(), .never)
        case 4: .snoozed(max(.zero, try duration()), reason: try optionalText())
        case 5: .cancelled(reason: try optionalText())
        case 6: .interrupted(reason: try optionalText())
        case 7: .returned
        case 8: .settledByHandler(otherwise: .after(max(.zero, try duration())))
        case 9: .settledByHandler(otherwise: .never)
        case 10: try crashed()
        case let other: throw FrameError("\(other) is no outcome")
        }
    }

    private mutating func crashed() throws(FrameError) -> Outcome {
        let signal = try optional { reader throws(FrameError) in try reader.integer(Int32.self) }
        let exitCode = try optional { reader throws(FrameError) in try reader.integer(Int32.self) }
        let peak = try optional { reader throws(FrameError) in try reader.integer(Int64.self) }
        return .crashed(
            CauseOfDeath(signal: signal, exitCode: exitCode, peakMemory: peak), error: try text(),
            budget: max(1, Int(try integer(Int64.self))))
    }

    mutating func news() throws(FrameError) -> TicketNews {
        let ticket = try integer(Ticket.self)
        let progress = try optional { reader throws(FrameError) in
            let done = Int(try reader.integer(Int64.self))
            let total = try reader.optional { reader throws(FrameError) in Int(try reader.integer(Int64.self)) }
            return Progress(done: done, total: total, note: try reader.optionalText())
        }
        let checkpoint = try optional { reader throws(FrameError) in try reader.blob() }
        try end()
        return TicketNews(ticket: ticket, progress: progress, checkpoint: checkpoint)
    }

    mutating func returned() throws(FrameError) -> [Ticket] {
        let count = try count(ofAtLeast: 8)
        var tickets: [Ticket] = []
        for _ in 0..<count { tickets.append(try integer()) }
        try end()
        return tickets
    }
}

extension Outcome {
    /// What can be said of it to a parent of that version.
    func spoken(in version: UInt16) -> Outcome {
        switch self {
        // Its settlement is lost if the handler's transaction holds, and gives the job back if it does not.
        case .settledByHandler where version < 3:
            .interrupted(reason: "its handler completed it, which the service, being older, cannot be told")
        // Counted as something, so that it ends one day.
        case .crashed(_, let error, _) where version < 4: .failed(error: error, .after(.seconds(3)))
        default: self
        }
    }
}
