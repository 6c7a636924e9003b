import Dispatch
import Glibc
import Hakobi
import HakobiCommand

/// A program whose jobs count in a table of their own, complete in the same transaction, and are killed on the way.
@main
struct TransactionApp: HakobiApp {
    func register(_ handlers: inout Handlers) {
        handlers.on(Count.self) { job, context in
            let connection = try await context.resource(for: "database") {
                try job.connect()
            } close: {
                $0.close()
            }
            try await job.perform(on: connection, context)
        }
        handlers.on(Counted.self) { _, _ in }
    }
}

/// The handler's own connection, by some client library.
protocol OwnConnection: Sendable {
    func run(_ sql: String) throws
    func complete(_ context: JobContext) async throws
    func close()
}

/// Adds one line to the table `counted`, and dies at a step of its first attempt.
struct Count: Job {
    static let kind = "count"
    let database: String
    let schema: String
    /// When, and with `parent-…` after how many milliseconds the service dies.
    let dieAt: String

    func connect() throws -> any OwnConnection {
        database.hasPrefix("mysql:")
            ? try MariaDBConnection(database) : try PostgresConnection(database, schema: schema)
    }

    func perform(on connection: any OwnConnection, _ context: JobContext) async throws {
        if context.attempt == 1, dieAt.hasPrefix("parent-") { killParent(after: Int(dieAt.dropFirst(7)) ?? 0) }
        try context.enqueue(Counted())
        die("before-begin", context)
        try connection.run("BEGIN")
        try connection.run("INSERT INTO counted (id) VALUES ('\(context.id)')")
        die("after-write", context)
        try await connection.complete(context)
        die("after-complete", context)
        if dieAt == "forget-commit" { return }
        if dieAt == "throw-before-commit", context.attempt == 1 { throw RetryLater(.zero, error: "thrown") }
        try connection.run("COMMIT")
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
}

/// A follow-up: there as often as its job was completed.
struct Counted: Job {
    static let kind = "counted"
}
