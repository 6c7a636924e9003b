import Dispatch
import Glibc
import Hakobi
import HakobiCommand
import HakobiPostgres
import Libpq

/// A program whose jobs count in a table of their own, complete in the same transaction, and are killed on the way.
@main
struct TransactionApp: HakobiApp {
    func register(_ handlers: inout Handlers) {
        handlers.on(Count.self) { job, context in
            let connection = try await context.resource(for: "database") {
                try Database(job.database)
            } close: {
                PQfinish($0.handle)
            }
            try await job.perform(on: connection.handle, context)
        }
        handlers.on(Counted.self) { _, _ in }
    }
}

/// Adds one line to the table `counted`, and dies at a step of its first attempt.
struct Count: Job {
    static let kind = "count"
    let database: String
    let schema: String
    /// When, and with `parent-…` after how many milliseconds the service dies.
    let dieAt: String

    func perform(on connection: OpaquePointer, _ context: JobContext) async throws {
        if context.attempt == 1, dieAt.hasPrefix("parent-") { killParent(after: Int(dieAt.dropFirst(7)) ?? 0) }
        try context.enqueue(Counted())
        die("before-begin", context)
        try run("BEGIN", on: connection)
        try run("INSERT INTO counted (id) VALUES ('\(context.id)')", on: connection)
        die("after-write", context)
        try await context.complete(on: PostgresTransaction(connection, schema: schema))
        die("after-complete", context)
        if dieAt == "forget-commit" { return }
        if dieAt == "throw-before-commit", context.attempt == 1 { throw RetryLater(.zero, error: "thrown") }
        try run("COMMIT", on: connection)
        die("after-commit", context)
        if dieAt == "throw-after-commit" { throw RetryLater(.zero, error: "thrown") }
    }

    private func die(_ step: String, _ context: JobContext) {
        if dieAt == step, context.attempt == 1 { kill(getpid(), SIGKILL) }
    }

    /// The handler is long over by then, or not: any moment is a good one.
    private func killParent(after milliseconds: Int) {
        let parent = getppid()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { kill(parent, SIGKILL) }
    }

    private func run(_ sql: String, on connection: OpaquePointer) throws {
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else {
            throw RetryLater(.zero, error: String(cString: PQerrorMessage(connection)))
        }
    }
}

/// A follow-up: there as often as its job was completed.
struct Counted: Job {
    static let kind = "counted"
}

/// `@unchecked Sendable`: a job's handler is the only one who uses it, one call after another.
private final class Database: @unchecked Sendable {
    let handle: OpaquePointer

    init(_ url: String) throws {
        guard let handle = PQconnectdb(url) else { throw RetryLater(.zero, error: "no memory") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            let words = String(cString: PQerrorMessage(handle))
            PQfinish(handle)
            throw RetryLater(.zero, error: words)
        }
    }
}
