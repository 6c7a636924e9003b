internal import HakobiCore
internal import HakobiDatabase

/// What other people's connections are given: one call of a procedure each.
enum TransactionStatements {
    /// Answers what became of the job, and which other job that is about.
    static func enqueue(_ prefix: String) -> String {
        "CALL \(prefix)enqueue_job(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    }

    /// Guard: the attempt holds the lease; else the transaction is rolled back.
    static func complete(_ prefix: String) -> String { "CALL \(prefix)complete(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)" }

    static func binds(_ job: NewJob) -> [MySQLStatement.Bind] {
        return [
            .text(job.id.description), .text(job.kind.description), .text(job.queue.description),
            .bytes(job.payload.bytes), .text(job.payload.codec.rawValue), .int(Int64(job.payload.version)),
            .int(Int64(job.priority)), .int(job.due.moment), .int(job.due.delay), .int(Int64(job.maxFailures)),
            .int(job.limits.soft?.wholeMicroseconds), .int(job.limits.hard?.wholeMicroseconds),
            .bytes(Netstrings.encode(job.metadata)), .text(job.idempotencyKey?.key.description),
            .int(job.idempotencyKey?.window.wholeMicroseconds), .text(job.uniqueKey?.key.description),
            .text(job.uniqueKey?.onConflict.rawValue ?? "keep"),
        ]
    }

    static func binds(_ completion: Completion) -> [MySQLStatement.Bind] {
        let (result, report) = (completion.result, completion.report)
        return [
            .text(completion.job.description), .int(Int64(completion.attempt)),
            .int(completion.claimedAt.microseconds), .bytes(result?.bytes), .text(result?.codec.rawValue),
            .int((result?.version).map { Int64($0) }), .text(report?.host), .int((report?.pid).map { Int64($0) }),
            .int((report?.generation).map { Int64($0) }), .text(report?.release), .int(report?.ran.wholeMicroseconds),
        ]
    }
}
