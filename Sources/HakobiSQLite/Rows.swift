internal import HakobiCore

/// What `hakobi_job.flags` holds.
enum JobFlags {
    static let cancelRequested: Int64 = 1
    static let hasKept: Int64 = 2
}

/// Where a job stands when it is about to be moved.
struct Standing {
    let row: Int64
    let id: JobID
    let lane: Int64
    let state: JobState
    let due: Int64
    let attempt: Int
    let failures: Int
    let crashes: Int
    let flags: Int64
    /// When it was claimed, while it runs.
    let claimed: Int64

    var isCancelRequested: Bool { flags & JobFlags.cancelRequested != 0 }
}

extension Ending {
    init(_ job: Standing, isSuspect: Bool) {
        self.init(
            state: job.state, due: job.due, failures: job.failures, crashes: job.crashes, isSuspect: isSuspect,
            isCancelRequested: job.isCancelRequested)
    }
}

extension Prepared {
    /// A row of `jobsToRun`.
    func claimedJob(_ lane: Lane, owner: Owner, at now: Timestamp) throws(StoreError) -> ClaimedJob {
        ClaimedJob(
            lease: Lease(job: try jobID(0), row: int(13), attempt: Int(int(1)) + 1, owner: owner),
            kind: lane.kind, queue: lane.queue, payload: payload(codec: 7, version: 8, bytes: 9),
            priority: lane.priority, failures: Int(int(2)), crashes: Int(int(3)), maxFailures: Int(int(4)),
            limits: limits(soft: 11, hard: 12), metadata: try metadata(10), checkpoint: nil,
            isSuspect: lane.isLonely, createdAt: Timestamp(microseconds: int(6)),
            dueAt: Timestamp(microseconds: int(14)), claimedAt: now)
    }

    func payload(codec: Int32, version: Int32, bytes: Int32) -> Payload {
        Payload(blob(bytes), codec: Payload.Codec(rawValue: text(codec)), version: Int(int(version)))
    }

    func limits(soft: Int32, hard: Int32) -> TimeLimits {
        TimeLimits(
            soft: optionalInt(soft).map { .microseconds($0) }, hard: optionalInt(hard).map { .microseconds($0) })
    }

    func metadata(_ column: Int32) throws(StoreError) -> [String: String] {
        guard let bytes = optionalBlob(column) else { return [:] }
        guard let pairs = Netstrings.decode(bytes) else {
            throw .damaged("metadata is not in netstrings", operation: connection.operation)
        }
        return pairs
    }

    /// A row of `expiredOf` or `leasesOf`.
    func leased() throws(StoreError) -> (job: Standing, until: Int64) {
        let job = Standing(
            row: int(0), id: try jobID(1), lane: int(2), state: .running, due: int(3), attempt: Int(int(4)),
            failures: Int(int(5)), crashes: Int(int(6)), flags: int(7), claimed: int(8))
        return (job, int(9))
    }

    /// A row of `attemptsOf`.
    func attemptRecord() -> AttemptRecord {
        let outcome = text(1)
        // A death always has a cause, even one of which nothing is known; nothing else has one.
        let died = outcome == "crashed" || outcome == "suspected"
        let cause = CauseOfDeath(
            signal: optionalInt(3).map { Int32(clamping: $0) }, exitCode: optionalInt(4).map { Int32(clamping: $0) },
            peakMemory: optionalInt(5))
        return AttemptRecord(
            attempt: Int(int(0)), outcome: outcome, error: optionalText(2), cause: died ? cause : nil,
            report: report(ran: 6, host: 9), startedAt: Timestamp(microseconds: int(7)),
            endedAt: Timestamp(microseconds: int(8)))
    }

    /// Four columns of a reporter from `host` on; `nil` when there was none.
    func report(ran: Int32, host: Int32) -> AttemptReport? {
        guard !isNull(host) else { return nil }
        return AttemptReport(
            host: text(host), pid: Int32(clamping: int(host + 1)), generation: Int(int(host + 2)),
            release: text(host + 3), ran: .microseconds(int(ran)))
    }
}
