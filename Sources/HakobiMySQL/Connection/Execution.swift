internal import CMariaDB

/// One execution of a prepared statement: values laid out as the library wants them, kept in place while it runs.
struct Execution {
    private var binds: [MYSQL_BIND]
    private var pointers: [UnsafeMutableRawPointer] = []

    /// `isBulk`: all rows at once, which MariaDB takes in one message.
    init(_ values: Values, isBulk: Bool) {
        binds = values.columns.map { _ in MYSQL_BIND() }
        for (index, column) in values.columns.enumerated() {
            let nulls = keep(column.nulls)
            if column.isNumber {
                binds[index].buffer_type = MYSQL_TYPE_LONGLONG
                binds[index].buffer = keep(column.numbers)
            } else {
                binds[index].buffer_type = MYSQL_TYPE_BLOB
                let bytes = keep(column.bytes)
                binds[index].length = keep(column.lengths).assumingMemoryBound(to: CUnsignedLong.self)
                binds[index].buffer = isBulk ? keep(column.starts.map { Optional(bytes + $0) }) : bytes
                binds[index].buffer_length = CUnsignedLong(column.bytes.count)
            }
            if isBulk {
                binds[index].u.indicator = nulls.assumingMemoryBound(to: CChar.self)
            } else if column.nulls[0] != 0 {
                binds[index].buffer_type = MYSQL_TYPE_NULL
            }
        }
    }

    mutating func bind(to statement: UnsafeMutablePointer<MYSQL_STMT>) -> Bool {
        binds.isEmpty || binds.withUnsafeMutableBufferPointer { mysql_stmt_bind_param(statement, $0.baseAddress) == 0 }
    }

    /// Lets go of everything; the statement must have run.
    func end() { for pointer in pointers { pointer.deallocate() } }

    private mutating func keep<Element>(_ values: [Element]) -> UnsafeMutableRawPointer {
        let size = max(1, values.count * MemoryLayout<Element>.stride)
        let copy = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        values.withUnsafeBytes { if $0.count > 0 { copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count) } }
        pointers.append(copy)
        return copy
    }
}
