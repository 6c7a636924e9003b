internal import CPostgres
internal import HakobiCore

extension PostgresStatement {
    /// Runs it on somebody's own connection, and answers the first row as text.
    @discardableResult
    func run(on connection: OpaquePointer) throws(StoreError) -> [String?] {
        try Libpq.require(for: "transaction")
        let values = binds.map(\.wire)
        let lengths = values.map { Int32(clamping: $0.bytes?.count ?? 0) }
        let pointers = values.map { value in value.bytes.map { Self.copy($0) } }
        defer { for pointer in pointers { pointer?.deallocate() } }
        let result = PQexecParams(
            connection, sql, Int32(binds.count), values.map(\.type), pointers.map { $0.map { UnsafePointer($0) } },
            lengths, values.map(\.format), 0)
        defer { PQclear(result) }
        guard let result else {
            throw PostgresError(lost: PostgresError.firstLine(PQerrorMessage(connection)), effect: .unknown)
                .of("transaction")
        }
        guard PQresultStatus(result) == PGRES_TUPLES_OK else {
            let user = PQuser(connection).map { String(cString: $0) } ?? ""
            throw PostgresError(result: result, user: user).of("transaction")
        }
        guard PQntuples(result) > 0 else { return [] }
        return (0..<PQnfields(result)).map { column in
            PQgetisnull(result, 0, column) != 0 ? nil : String(cString: PQgetvalue(result, 0, column))
        }
    }

    /// Texts end with NUL, which their length does not count.
    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
        let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
        for (index, byte) in bytes.enumerated() { pointer[index] = CChar(bitPattern: byte) }
        pointer[bytes.count] = 0
        return pointer
    }
}

extension PostgresStatement.Bind {
    /// The type's OID (pg_type.dat), the bytes, and whether they are binary.
    fileprivate var wire: (type: Oid, bytes: [UInt8]?, format: Int32) {
        switch self {
        case .text(let text): (25, text.map { [UInt8]($0.utf8) }, 0)
        case .int8(let number): (20, number.map { [UInt8](String($0).utf8) }, 0)
        case .bytea(let bytes): (17, bytes, 1)
        }
    }
}
