public import HakobiCore

/// One job as SQL that any client library can run inside its own transaction: the job is there if and only if that commits.
///
/// ```swift
/// let enqueue = try store.enqueueStatement(for: job)
/// let row = try await connection.query(enqueue.sql, enqueue.values)   // texts, $1 … in order; NULL for nil
/// ```
///
/// Answers one row of two texts, which `insertion(became:other:)` reads. Idle workers hear of the job at the commit.
public struct EnqueueStatement: Sendable, Hashable {
    /// The text, with parameters $1, $2, …; all of them are bound as text.
    public let sql: String
    /// Their values, in order.
    public let values: [String?]
    private let id: JobID

    init(_ job: NewJob, sql: String, channel: String) {
        self.sql = sql
        id = job.id
        let payload = job.payload
        var (moment, delay): (Int64?, Int64?)
        switch job.due {
        case .now: (moment, delay) = (nil, nil)
        case .at(let due): (moment, delay) = (due.microseconds, nil)
        case .after(let time): (moment, delay) = (nil, time.wholeMicroseconds)
        }
        values = [
            job.queue.description, job.kind.description, "\(job.priority)", job.id.description,
            moment.map { "\($0)" }, delay.map { "\($0)" }, "\(job.maxFailures)", payload.codec.rawValue,
            "\(payload.version)", Self.hex(payload.bytes), Netstrings.encode(job.metadata).map(Self.hex),
            job.limits.soft.map { "\($0.wholeMicroseconds)" }, job.limits.hard.map { "\($0.wholeMicroseconds)" },
            job.idempotencyKey?.key.description, job.idempotencyKey.map { "\($0.window.wholeMicroseconds)" },
            job.uniqueKey?.key.description, job.uniqueKey?.onConflict.rawValue ?? "keep", channel,
        ]
    }

    /// What the row that came back says; `nil` when it is not one of ours.
    public func insertion(became: String?, other: String?) -> Insertion? {
        let other = other.flatMap { JobID($0) }
        switch (became, other) {
        case ("0", _): return .inserted
        case ("1", let other?): return .existing(other)
        case ("2", let other?): return .replaced(other)
        case ("3", let other?): return .refused(.uniqueKeyTaken(by: other))
        default: return nil
        }
    }

    /// bytea's own form of text.
    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("\\x".utf8)
        text.reserveCapacity(2 + bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A caller's own transaction, whatever library it is made with: runs one statement with text parameters and answers its rows
/// as texts.
public protocol PostgresTransaction {
    /// Runs `sql` with `values` for $1, $2, …
    func rows(_ sql: String, _ values: [String?]) async throws -> [[String?]]
}

extension PostgresStore {
    /// The SQL that keeps one job in a transaction of the caller's own. Throws the `Refusal` of a job that no store keeps.
    public func enqueueStatement(for job: NewJob) throws(Refusal) -> EnqueueStatement {
        if let refusal = job.refusal(maxPayloadBytes: shared.options.maxPayloadBytes) { throw refusal }
        return EnqueueStatement(job, sql: shared.statements.insert.enqueue, channel: shared.channel)
    }

    /// Keeps new jobs inside the caller's own transaction: they are there if and only if it commits, and workers hear of them
    /// then. Each stands alone: one's refusal never fails another's. Throws what the transaction throws.
    public func insert(_ jobs: [NewJob], on transaction: some PostgresTransaction) async throws -> [Insertion] {
        var insertions: [Insertion] = []
        for job in jobs {
            let statement: EnqueueStatement
            do throws(Refusal) { statement = try enqueueStatement(for: job) } catch {
                insertions.append(.refused(error))
                continue
            }
            let row = try await transaction.rows(statement.sql, statement.values).first ?? []
            guard row.count >= 2, let insertion = statement.insertion(became: row[0], other: row[1]) else {
                throw StoreError(
                    .internal, operation: "insert", "insert: the transaction's answer is not that of an enqueue",
                    isTransient: false)
            }
            insertions.append(insertion)
        }
        return insertions
    }
}
