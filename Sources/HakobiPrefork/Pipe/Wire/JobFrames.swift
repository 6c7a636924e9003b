import HakobiCore

/// One job on its way to a child.
struct Assignment: Sendable {
    var ticket: Ticket
    /// Its place in the child's hello.
    var kind: UInt16
    var job: ClaimedJob
    /// In the child, of a job whose store has such.
    var lock: LockCopy?
}

extension ByteWriter {
    /// Many jobs in one frame.
    mutating func putJobs(_ assignments: some Collection<Assignment>, as tag: FrameTag = .jobs) {
        frame(tag) { frame in
            frame.put(UInt32(assignments.count))
            for assignment in assignments { frame.put(assignment) }
        }
    }

    private mutating func put(_ assignment: Assignment) {
        let job = assignment.job
        put(assignment.ticket)
        put(assignment.kind)
        put(job.lease.job)
        put(Int64(job.lease.attempt))
        put(Int64(job.priority))
        put(Int64(job.failures))
        put(Int64(job.crashes))
        put(Int64(job.maxFailures))
        put(job.createdAt.microseconds)
        put(job.dueAt.microseconds)
        put(job.claimedAt.microseconds)
        put(UInt8(job.isSuspect ? 1 : 0))
        put(job.limits)
        put(job.queue.description)
        put(job.payload)
        put(job.checkpoint) { $0.put($1) }
        put(job.metadata)
    }
}

/// Reads job frames; keeps what most jobs of a stream have in common.
struct JobFrameReader: Sendable {
    /// The child's own kinds, as its hello named them.
    let kinds: [Kind]
    private var queue = QueueName.default
    /// A job on a pipe carries no row and no owner: whoever runs it holds no right to settle it.
    private static let nobody = Owner(node: "", boot: "", incarnation: "")

    init(kinds: [Kind]) { self.kinds = kinds }

    mutating func jobs(_ reader: inout ByteReader) throws(FrameError) -> [Assignment] {
        let count = try reader.count(ofAtLeast: 80)
        var jobs: [Assignment] = []
        jobs.reserveCapacity(count)
        for _ in 0..<count { jobs.append(try job(&reader)) }
        try reader.end()
        return jobs
    }

    private mutating func job(_ reader: inout ByteReader) throws(FrameError) -> Assignment {
        let ticket = try reader.integer(Ticket.self)
        let kind = try reader.integer(UInt16.self)
        guard Int(kind) < kinds.count else { throw FrameError("kind number \(kind) was never announced") }
        let id = try reader.jobID()
        let attempt = Int(try reader.integer(Int64.self))
        let priority = Int(try reader.integer(Int64.self))
        let failures = Int(try reader.integer(Int64.self))
        let crashes = Int(try reader.integer(Int64.self))
        let maxFailures = Int(try reader.integer(Int64.self))
        let createdAt = Timestamp(microseconds: try reader.integer())
        let dueAt = Timestamp(microseconds: try reader.integer())
        let claimedAt = Timestamp(microseconds: try reader.integer())
        let isSuspect = try reader.flag()
        let limits = try reader.limits()
        try readQueue(&reader)
        let payload = try reader.payload()
        let checkpoint = try reader.optional { reader throws(FrameError) in try reader.blob() }
        let job = ClaimedJob(
            lease: Lease(job: id, row: 0, attempt: attempt, owner: Self.nobody), kind: kinds[Int(kind)], queue: queue,
            payload: payload, priority: priority, failures: failures, crashes: crashes, maxFailures: maxFailures,
            limits: limits, metadata: try reader.metadata(), checkpoint: checkpoint, isSuspect: isSuspect,
            createdAt: createdAt, dueAt: dueAt, claimedAt: claimedAt)
        return Assignment(ticket: ticket, kind: kind, job: job)
    }

    private mutating func readQueue(_ reader: inout ByteReader) throws(FrameError) {
        let text = try reader.text(like: queue.description)
        guard text != queue.description else { return }
        do throws(InvalidName) { queue = try QueueName(text) } catch { throw FrameError(error.description) }
    }
}
