import CMariaDB
import Hakobi
import HakobiMySQL

/// Plain libmariadb. `@unchecked Sendable`: a job's handler is the only one who uses it, one call after another.
final class MariaDBConnection: OwnConnection, @unchecked Sendable {
    private let handle: UnsafeMutablePointer<MYSQL>

    /// `mysql://user:password@host:port/database`, nothing less.
    init(_ url: String) throws {
        let parts = url.split { ":/@".contains($0) }.map(String.init)
        guard parts.count == 6, let port = UInt32(parts[4]), let handle = mysql_init(nil) else {
            throw RetryLater(.zero, error: "\(url) does not read")
        }
        self.handle = handle
        guard mysql_real_connect(handle, parts[3], parts[1], parts[2], parts[5], port, nil, 0) != nil else {
            let words = String(cString: mysql_error(handle))
            mysql_close(handle)
            throw RetryLater(.zero, error: words)
        }
    }

    func run(_ sql: String) throws {
        guard mysql_real_query(handle, sql, UInt(sql.utf8.count)) == 0 else {
            throw RetryLater(.zero, error: String(cString: mysql_error(handle)))
        }
    }

    func complete(_ context: JobContext) async throws {
        try await context.complete(on: MySQLTransaction(handle))
    }

    func close() { mysql_close(handle) }
}
