import CMariaDB
import Servers

/// Somebody else's connection: plain libmariadb, one call after another.
final class Client {
    private let connection: UnsafeMutablePointer<MYSQL>

    struct Failure: Error {
        let words: String
    }

    init(_ server: MariaDBServer, _ database: String, user: String = "hakobi") throws {
        guard let connection = mysql_init(nil) else { throw Failure(words: "no memory") }
        self.connection = connection
        guard
            mysql_real_connect(connection, "127.0.0.1", user, "secret", database, UInt32(server.port), nil, 0)
                != nil
        else {
            throw Failure(words: String(cString: mysql_error(connection)))
        }
    }

    deinit { mysql_close(connection) }

    var handle: UnsafeMutableRawPointer { UnsafeMutableRawPointer(connection) }

    /// A statement without rows.
    func run(_ sql: String) throws(Failure) {
        guard mysql_real_query(connection, sql, UInt(sql.utf8.count)) == 0 else {
            throw Failure(words: String(cString: mysql_error(connection)))
        }
    }
}
