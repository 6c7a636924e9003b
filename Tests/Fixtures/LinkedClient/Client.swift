import Glibc
import Libpq

/// Somebody else's connection, by a libpq that is linked: one call after another.
package final class Client {
    package let handle: OpaquePointer

    package struct Failure: Error {
        package let sqlState: String
        package let words: String
    }

    package init(_ url: String) throws {
        guard let handle = PQconnectdb(url), PQstatus(handle) == CONNECTION_OK else {
            throw Failure(sqlState: "08001", words: "no connection")
        }
        self.handle = handle
    }

    deinit { PQfinish(handle) }

    /// Answers the first column of the rows.
    @discardableResult
    package func run(_ sql: String) throws(Failure) -> [String] {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else {
            let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
            throw Failure(sqlState: state ?? "", words: String(cString: PQresultErrorMessage(result)))
        }
        return (0..<PQntuples(result)).map { String(cString: PQgetvalue(result, $0, 0)) }
    }

    /// Hints that have come since the last time. A listener's probe of itself goes the same way and says that it is one.
    package func heard() throws -> Int {
        try run("SELECT 1")
        var count = 0
        while let notification = PQnotifies(handle) {
            if notification.pointee.extra.map({ strlen($0) }) == 0 { count += 1 }
            PQfreemem(notification)
        }
        return count
    }
}
