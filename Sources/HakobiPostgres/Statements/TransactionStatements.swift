internal import HakobiCore
internal import HakobiDatabase

/// What other people's connections are given: one call of a function each, every value with its type.
enum TransactionStatements {
    /// Answers what became of the job, and which other job that is about.
    static func enqueue(_ schema: String) -> String {
        """
        SELECT became, other FROM \(schema).enqueue_job($1::text::uuid, $2::text, $3::text, $4::bytea, $5::text, $6::int8::int4,
        $7::int8::int4, $8::int8, $9::int8, $10::int8, $11::int8, $12::int8, $13::bytea, $14::text, $15::int8, $16::text,
        $17::text)
        """
    }

    static func complete(_ schema: String) -> String {
        """
        SELECT \(schema).complete($1::text::uuid, $2::int8::int4, $3::int8, $4::bytea, $5::text, $6::int8::int4, $7::text,
        $8::int8::int4, $9::int8, $10::text, $11::int8)
        """
    }

    static func binds(_ job: NewJob) -> [PostgresStatement.Bind] {
        return [
            .text(job.id.description), .text(job.kind.description), .text(job.queue.description),
            .bytea(job.payload.bytes), .text(job.payload.codec.rawValue), .int8(Int64(job.payload.version)),
            .int8(Int64(job.priority)), .int8(job.due.moment), .int8(job.due.delay), .int8(Int64(job.maxFailures)),
            .int8(job.limits.soft?.wholeMicroseconds), .int8(job.limits.hard?.wholeMicroseconds),
            .bytea(Netstrings.encode(job.metadata)), .text(job.idempotencyKey?.key.description),
            .int8(job.idempotencyKey?.window.wholeMicroseconds), .text(job.uniqueKey?.key.description),
            .text(job.uniqueKey?.onConflict.rawValue ?? "keep"),
        ]
    }

    static func binds(_ completion: Completion) -> [PostgresStatement.Bind] {
        let (result, report) = (completion.result, completion.report)
        return [
            .text(completion.job.description), .int8(Int64(completion.attempt)),
            .int8(completion.claimedAt.microseconds), .bytea(result?.bytes), .text(result?.codec.rawValue ?? "json"),
            .int8(Int64(result?.version ?? 1)), .text(report?.host.storable), .int8(Int64(report?.pid ?? 0)),
            .int8(Int64(report?.generation ?? 0)), .text(report?.release.storable ?? ""),
            .int8(report?.ran.wholeMicroseconds),
        ]
    }
}
