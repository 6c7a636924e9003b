public import HakobiCore

/// The caller's own transaction in the database that keeps the jobs: what is enqueued or completed here is committed or
/// rolled back with the caller's own data, by the caller.
///
/// ```swift
/// // in a handler; `connection` is a libpq connection (PGconn *) between BEGIN and COMMIT
/// try await context.complete(on: PostgresTransaction(connection))
///
/// // any other client library
/// let transaction = PostgresTransaction { statement in try await client.run(statement.sql, statement.binds) }
/// ```
///
/// The connection's role needs USAGE on the schema and EXECUTE on its functions `enqueue_job` and `complete`, nothing more.
public struct PostgresTransaction: HandlerTransaction {
    private let schema: String
    private let run: (PostgresStatement) async throws -> Void

    /// On a connection of libpq (`PGconn *`), which blocks its thread for a round trip a call, and which nobody else may use
    /// meanwhile. `schema` is the one of the store's URL.
    public init(_ connection: OpaquePointer, schema: String = "hakobi") {
        self.init(schema: schema) { statement in try statement.run(on: connection) }
    }

    /// On any other client's connection: `run` executes one statement on it, throws the database's error, and drops what
    /// rows come back.
    public init(schema: String = "hakobi", run: @escaping (PostgresStatement) async throws -> Void) {
        self.schema = schema
        self.run = run
    }

    /// Ends the attempt as completed, then adds its follow-ups; one of them may take the unique key that the job had.
    ///
    /// Throws the database's error; SQLSTATE 55000 says that the lease is lost.
    public func complete(_ completion: Completion) async throws {
        try await run(.complete(completion, schema: schema))
        for job in completion.followUps { try await run(.enqueue(job, schema: schema)) }
    }
}

extension PostgresStatement {
    /// Enqueues one job in the transaction that it is run in, with the right to execute `enqueue_job`. Answers one row:
    /// `became` (0 kept, 1 `other` stands for it, 2 kept in place of `other`, 3 refused because of `other`) and `other`.
    ///
    /// Needs no store, so a process that only enqueues in its own transactions has no connection for it. `schema` is the one
    /// of the store's URL.
    public static func enqueue(_ job: NewJob, schema: String = "hakobi") -> PostgresStatement {
        PostgresStatement(
            TransactionStatements.enqueue(PostgresAddress.quoted(schema)), TransactionStatements.binds(job))
    }

    /// Completes a running job in the transaction that it is run in; `JobContext.complete(on:)` makes it and says so to the
    /// service. Fails with SQLSTATE 55000 when the attempt does not hold the lease.
    public static func complete(_ completion: Completion, schema: String = "hakobi") -> PostgresStatement {
        PostgresStatement(
            TransactionStatements.complete(PostgresAddress.quoted(schema)), TransactionStatements.binds(completion))
    }
}

extension PostgresStore {
    /// The statement that enqueues a job in whatever transaction it is run in, by any client library; see
    /// `PostgresStatement.enqueue`. What is over this store's limits fails there.
    public func enqueueStatement(for job: NewJob) -> PostgresStatement {
        PostgresStatement(TransactionStatements.enqueue(shared.quotedSchema), TransactionStatements.binds(job))
    }

    /// Keeps new jobs in the caller's own transaction, on its own libpq connection (`PGconn *`): they are there if and only
    /// if that commits, and wake a worker then. Blocks the thread for a round trip a job.
    ///
    /// A refused job leaves the transaction whole. Throws the server's sentence; the transaction is then of no more use.
    public func insert(_ jobs: [NewJob], on connection: OpaquePointer) throws(StoreError) -> [Insertion] {
        var insertions: [Insertion] = []
        for job in jobs {
            if let refusal = job.refusal(maxPayloadBytes: shared.options.maxPayloadBytes) {
                insertions.append(.refused(refusal))
                continue
            }
            let answer = try enqueueStatement(for: job).run(on: connection)
            insertions.append(try Insertion(of: job, answer))
        }
        return insertions
    }
}

extension Insertion {
    /// Reads the row that `enqueue_job` answers with, as text.
    fileprivate init(of job: NewJob, _ row: [String?]) throws(StoreError) {
        let other = row.count > 1 ? row[1].flatMap { JobID($0) } : nil
        switch (row.first ?? nil, other) {
        case ("0", _): self = .inserted
        case ("1", let other?): self = .existing(other)
        case ("2", let other?): self = .replaced(other)
        case ("3", let other?): self = .refused(.uniqueKeyTaken(by: other))
        default: throw PostgresError(defect: "an insert has no answer").of("insert")
        }
    }
}
