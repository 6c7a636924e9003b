public import HakobiCore

/// The caller's own transaction in the database that keeps the jobs: what is enqueued or completed here is committed or
/// rolled back with the caller's own data, by the caller.
///
/// ```swift
/// // in a handler; `connection` is a libmariadb connection (MYSQL *) after START TRANSACTION
/// try await context.complete(on: MySQLTransaction(connection))
///
/// // any other client library
/// let transaction = MySQLTransaction { statement in try await client.run(statement.sql, statement.binds) }
/// ```
///
/// The connection's user needs EXECUTE on the procedures, and SELECT, INSERT and UPDATE on the tables.
public struct MySQLTransaction: HandlerTransaction {
    private let prefix: String
    private let run: (MySQLStatement) async throws -> Void

    /// On a connection of libmariadb (`MYSQL *`), which blocks its thread for a round trip a call, and which nobody else may
    /// use meanwhile. `prefix` is the one of the store's URL.
    public init(_ connection: UnsafeMutableRawPointer, prefix: String = "hakobi_") {
        self.init(prefix: prefix) { statement in try statement.run(on: connection) }
    }

    /// On any other client's connection: `run` executes one statement on it, throws the database's error, and drops what
    /// rows come back.
    public init(prefix: String = "hakobi_", run: @escaping (MySQLStatement) async throws -> Void) {
        self.prefix = prefix
        self.run = run
    }

    /// Ends the attempt as completed, then adds its follow-ups; one of them may take the unique key that the job had.
    ///
    /// Throws the database's error; SQLSTATE 45000 with "does not hold the lease" says that the lease is lost and that the
    /// transaction has been rolled back.
    public func complete(_ completion: Completion) async throws {
        try await run(.complete(completion, prefix: prefix))
        for job in completion.followUps { try await run(.enqueue(job, prefix: prefix)) }
    }
}

extension MySQLStatement {
    /// Enqueues one job in the transaction that it is run in. Answers one row: `became` (0 kept, 1 `other` stands for it, 2
    /// kept in place of `other`, 3 refused because of `other`) and `other`, sixteen bytes.
    ///
    /// Needs no store, so a process that only enqueues in its own transactions has no connection for it. `prefix` is the one
    /// of the store's URL.
    public static func enqueue(_ job: NewJob, prefix: String = "hakobi_") -> MySQLStatement {
        MySQLStatement(TransactionStatements.enqueue(prefix), TransactionStatements.binds(job))
    }

    /// Completes a running job in the transaction that it is run in; `JobContext.complete(on:)` makes it and says so to the
    /// service. Fails with SQLSTATE 45000, and rolls back, when the attempt does not hold the lease.
    public static func complete(_ completion: Completion, prefix: String = "hakobi_") -> MySQLStatement {
        MySQLStatement(TransactionStatements.complete(prefix), TransactionStatements.binds(completion))
    }
}

extension MySQLStore {
    /// The statement that enqueues a job in whatever transaction it is run in, by any client library; see
    /// `MySQLStatement.enqueue`. What is over this store's limits fails there.
    public func enqueueStatement(for job: NewJob) -> MySQLStatement {
        .enqueue(job, prefix: shared.sql.prefix)
    }

    /// Keeps new jobs in the caller's own transaction, on its own libmariadb connection (`MYSQL *`): they are there if and
    /// only if that commits; workers find them by polling, or at once after a `nudge()` that follows the commit. Blocks the
    /// thread for three round trips a job.
    ///
    /// A refused job leaves the transaction whole. Throws the server's sentence; the transaction should then be rolled back.
    public func insert(_ jobs: [NewJob], on connection: UnsafeMutableRawPointer) throws(StoreError) -> [Insertion] {
        var insertions: [Insertion] = []
        for job in jobs {
            if let refusal = job.refusal(maxPayloadBytes: shared.options.maxPayloadBytes) {
                insertions.append(.refused(refusal))
                continue
            }
            let answer = try enqueueStatement(for: job).run(on: connection)
            do throws(MySQLError) {
                insertions.append(try Insertion(of: answer))
            } catch {
                throw error.of("transaction")
            }
        }
        return insertions
    }
}

extension Insertion {
    /// Reads the row that `enqueue_job` answers with.
    fileprivate init(of rows: Rows) throws(MySQLError) {
        guard let row = rows.first else { throw .defect("an insert has no answer") }
        switch try row.int(0) {
        case 0: self = .inserted
        case 1: self = .existing(try row.jobID(1))
        case 2: self = .replaced(try row.jobID(1))
        default: self = .refused(.uniqueKeyTaken(by: try row.jobID(1)))
        }
    }
}
