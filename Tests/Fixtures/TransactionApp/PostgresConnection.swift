import Hakobi
import HakobiPostgres
import Libpq

/// Plain libpq. `@unchecked Sendable`: a job's handler is the only one who uses it, one call after another.
final class PostgresConnection: OwnConnection, @unchecked Sendable {
    private let handle: OpaquePointer
    private let schema: String

    init(_ url: String, schema: String) throws {
        guard let handle = PQconnectdb(url) else { throw RetryLater(.zero, error: "no memory") }
        self.handle = handle
        self.schema = schema
        guard PQstatus(handle) == CONNECTION_OK else {
            let words = String(cString: PQerrorMessage(handle))
            PQfinish(handle)
            throw RetryLater(.zero, error: words)
        }
    }

    func run(_ sql: String) throws {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else {
            throw RetryLater(.zero, error: String(cString: PQerrorMessage(handle)))
        }
    }

    func complete(_ context: JobContext) async throws {
        try await context.complete(on: PostgresTransaction(handle, schema: schema))
    }

    func close() { PQfinish(handle) }
}
