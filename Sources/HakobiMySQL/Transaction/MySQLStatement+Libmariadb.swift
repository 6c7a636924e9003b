internal import CMariaDB
internal import HakobiCore

extension MySQLStatement {
    /// Runs it on somebody's own connection, and answers the rows of its first result.
    @discardableResult
    func run(on connection: UnsafeMutableRawPointer) throws(StoreError) -> Rows {
        do throws(MySQLError) {
            if let words = hakobi_libmariadb_trouble() { throw .libraryMissing(String(cString: words)) }
            return try run(connection.assumingMemoryBound(to: MYSQL.self))
        } catch {
            throw error.of("transaction")
        }
    }

    private func run(_ connection: UnsafeMutablePointer<MYSQL>) throws(MySQLError) -> Rows {
        guard let handle = mysql_stmt_init(connection) else { throw .defect("no memory for a statement") }
        defer { mysql_stmt_close(handle) }
        var text = sql
        let failed = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                mysql_stmt_prepare(handle, $0.baseAddress, CUnsignedLong($0.count))
            }
        }
        guard failed == 0 else { throw Self.failure(of: handle) }
        var execution = Execution(values, isBulk: false)
        defer { execution.end() }
        guard execution.bind(to: handle), mysql_stmt_execute(handle) == 0 else { throw Self.failure(of: handle) }
        let rows = try mysql_stmt_field_count(handle) > 0 ? PreparedRows.fetch(handle) : Rows(width: 0)
        // A procedure's rows are followed by how it ended.
        while true {
            let more = mysql_stmt_next_result(handle)
            if more < 0 { return rows }
            guard more == 0 else { throw Self.failure(of: handle) }
            if mysql_stmt_field_count(handle) > 0 { _ = try PreparedRows.fetch(handle) }
        }
    }

    private var values: Values {
        var values = Values()
        for bind in binds {
            switch bind {
            case .text(let text): values.text(text)
            case .int(let number): values.int(number)
            case .bytes(let bytes): values.bytes(bytes)
            }
        }
        values.endRow()
        return values
    }

    private static func failure(of statement: UnsafeMutablePointer<MYSQL_STMT>) -> MySQLError {
        var error = MySQLError(code: mysql_stmt_errno(statement), text: String(cString: mysql_stmt_error(statement)))
        // It is the caller who commits.
        error.effect = .notDone
        return error
    }
}
