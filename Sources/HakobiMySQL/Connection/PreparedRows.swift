internal import CMariaDB

/// The rows of an executed prepared statement.
enum PreparedRows {
    /// All of them, as text.
    static func fetch(_ statement: UnsafeMutablePointer<MYSQL_STMT>) throws(MySQLError) -> Rows {
        defer { mysql_stmt_free_result(statement) }
        var isWanted: CChar = 1
        mysql_stmt_attr_set(statement, STMT_ATTR_UPDATE_MAX_LENGTH, &isWanted)
        guard mysql_stmt_store_result(statement) == 0, let fields = mysql_stmt_result_metadata(statement) else {
            throw failure(of: statement)
        }
        defer { mysql_free_result(fields) }
        let width = Int(mysql_num_fields(fields))
        let cells = (0..<width).map {
            Cell(size: Int(mysql_fetch_field_direct(fields, CUnsignedInt($0)).pointee.max_length))
        }
        defer { for cell in cells { cell.end() } }
        var rows = Rows(width: width)
        var binds = cells.indices.map { cells[$0].bind() }
        let isBound = binds.withUnsafeMutableBufferPointer { mysql_stmt_bind_result(statement, $0.baseAddress) == 0 }
        guard isBound else { throw failure(of: statement) }
        while true {
            let status = mysql_stmt_fetch(statement)
            if status == MYSQL_NO_DATA { return rows }
            guard status == 0 else { throw failure(of: statement) }
            for cell in cells { rows.add(cell.value) }
            rows.endRow()
        }
    }

    private static func failure(of statement: UnsafeMutablePointer<MYSQL_STMT>) -> MySQLError {
        MySQLError(code: mysql_stmt_errno(statement), text: String(cString: mysql_stmt_error(statement)))
    }
}

/// Room for one column of a fetched row.
private struct Cell {
    private let buffer: UnsafeMutableRawPointer
    private let size: Int
    private let length = UnsafeMutablePointer<CUnsignedLong>.allocate(capacity: 1)
    private let isNull = UnsafeMutablePointer<CChar>.allocate(capacity: 1)

    init(size: Int) {
        // Numbers are fetched as their digits, whose count is not known beforehand.
        self.size = max(size, 32)
        buffer = .allocate(byteCount: self.size, alignment: 16)
        length.pointee = 0
        isNull.pointee = 0
    }

    func bind() -> MYSQL_BIND {
        var bind = MYSQL_BIND()
        bind.buffer_type = MYSQL_TYPE_STRING
        bind.buffer = buffer
        bind.buffer_length = CUnsignedLong(size)
        bind.length = length
        bind.is_null = isNull
        return bind
    }

    var value: UnsafeRawBufferPointer? {
        isNull.pointee != 0 ? nil : UnsafeRawBufferPointer(start: buffer, count: min(size, Int(length.pointee)))
    }

    func end() {
        buffer.deallocate()
        length.deallocate()
        isNull.deallocate()
    }
}
