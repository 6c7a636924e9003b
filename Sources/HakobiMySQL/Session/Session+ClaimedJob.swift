internal import HakobiCore

extension Session {
    /// The order of claims.
    static func isClaimedBefore(_ left: ClaimedJob, _ right: ClaimedJob) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        if left.dueAt != right.dueAt { return left.dueAt < right.dueAt }
        return left.lease.row < right.lease.row
    }

    /// A row of `ClaimStatements.take`.
    func claimedJob(_ row: Row, _ owner: Owner) throws(MySQLError) -> ClaimedJob {
        let place = try row.int(2)
        let lane = try lane(place / 2).key
        return ClaimedJob(
            lease: Lease(job: try row.jobID(1), row: try row.int(0), attempt: Int(try row.int(3)) + 1, owner: owner),
            kind: lane.kind, queue: lane.queue, payload: try row.payload(codec: 11, version: 10, bytes: 15),
            priority: lane.priority, failures: Int(try row.int(6)), crashes: Int(try row.int(7)),
            maxFailures: Int(try row.int(8)), limits: try row.limits(soft: 12, hard: 13),
            metadata: try row.metadata(14),
            checkpoint: nil, isSuspect: place & 1 != 0, createdAt: Timestamp(microseconds: try row.int(5)),
            dueAt: Timestamp(microseconds: try row.int(4)), claimedAt: Timestamp(microseconds: try row.int(16)))
    }

    /// Reads what earlier attempts have kept.
    func addCheckpoints(_ rows: [Int64], _ jobs: inout [ClaimedJob]) throws(MySQLError) {
        var found: [Int64: [UInt8]] = [:]
        for row in try run(sql.claim.checkpoints(rows: rows), commits: false) {
            found[try row.int(0)] = try row.bytes(1)
        }
        for index in jobs.indices { jobs[index].checkpoint = found[jobs[index].lease.row] }
    }
}

extension Row {
    func payload(codec: Int, version: Int, bytes: Int) throws(MySQLError) -> Payload {
        Payload(
            try self.bytes(bytes), codec: Payload.Codec(rawValue: try text(codec)), version: Int(try int(version)))
    }

    func limits(soft: Int, hard: Int) throws(MySQLError) -> TimeLimits {
        TimeLimits(
            soft: try intOrNil(soft).map { .microseconds($0) }, hard: try intOrNil(hard).map { .microseconds($0) })
    }

    func metadata(_ column: Int) throws(MySQLError) -> [String: String] {
        guard let bytes = bytesOrNil(column) else { return [:] }
        guard let pairs = Netstrings.decode(bytes) else { throw .damaged("metadata is not in netstrings") }
        return pairs
    }
}
