internal import CPostgres
internal import HakobiCore

/// What one statement answered: rows in binary form, read in place.
struct Rows: RandomAccessCollection {
    /// libpq's own memory, freed with the last who looks at it.
    fileprivate final class Owner {
        let result: OpaquePointer
        init(_ result: OpaquePointer) { self.result = result }
        deinit { PQclear(result) }
    }

    private let owner: Owner
    let endIndex: Int
    var startIndex: Int { 0 }

    /// Takes the result over.
    init(owning result: OpaquePointer) {
        owner = Owner(result)
        endIndex = Int(PQntuples(result))
    }

    subscript(position: Int) -> Row { Row(owner: owner, result: owner.result, number: Int32(position)) }

    /// How many rows an INSERT, UPDATE, DELETE or SELECT concerned.
    var affected: Int { Int(String(cString: PQcmdTuples(owner.result))) ?? 0 }

    /// One row; valid as long as it is held.
    struct Row {
        fileprivate let owner: Owner
        fileprivate let result: OpaquePointer
        fileprivate let number: Int32

        /// The bytes of one column, `nil` for NULL. They live as long as the row.
        @inline(__always)
        func bytes(_ column: Int) -> UnsafeRawBufferPointer? {
            let column = Int32(column)
            let length = PQgetlength(result, number, column)
            if length == 0, PQgetisnull(result, number, column) != 0 { return nil }
            return UnsafeRawBufferPointer(start: PQgetvalue(result, number, column), count: Int(length))
        }
    }
}

extension Rows.Row {
    func int8(_ column: Int) throws(PostgresError) -> Int64 { try here(column, try int8OrNil(column)) }
    func int4(_ column: Int) throws(PostgresError) -> Int32 { try here(column, try int4OrNil(column)) }
    func int2(_ column: Int) throws(PostgresError) -> Int16 { try here(column, try int2OrNil(column)) }
    func bool(_ column: Int) throws(PostgresError) -> Bool { try here(column, try boolOrNil(column)) }
    func uuid(_ column: Int) throws(PostgresError) -> JobID { try here(column, try uuidOrNil(column)) }
    func text(_ column: Int) throws(PostgresError) -> String { try here(column, textOrNil(column)) }
    func bytea(_ column: Int) throws(PostgresError) -> [UInt8] { try here(column, byteaOrNil(column)) }

    func int8OrNil(_ column: Int) throws(PostgresError) -> Int64? { try integer(column) }
    func int4OrNil(_ column: Int) throws(PostgresError) -> Int32? { try integer(column) }
    func int2OrNil(_ column: Int) throws(PostgresError) -> Int16? { try integer(column) }
    func boolOrNil(_ column: Int) throws(PostgresError) -> Bool? { try (integer(column) as UInt8?).map { $0 != 0 } }

    func uuidOrNil(_ column: Int) throws(PostgresError) -> JobID? {
        guard let bytes = bytes(column) else { return nil }
        guard bytes.count == 16 else { throw .wrongWidth(column, bytes.count, 16) }
        return JobID(bigEndian: bytes)
    }

    func textOrNil(_ column: Int) -> String? { bytes(column).map { String(decoding: $0, as: UTF8.self) } }
    func byteaOrNil(_ column: Int) -> [UInt8]? { bytes(column).map { [UInt8]($0) } }

    @inline(__always)
    private func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ column: Int) throws(PostgresError) -> Value? {
        guard let bytes = bytes(column) else { return nil }
        let size = MemoryLayout<Value>.size
        guard bytes.count == size else { throw .wrongWidth(column, bytes.count, size) }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }

    @inline(__always)
    private func here<Value>(_ column: Int, _ value: @autoclosure () throws(PostgresError) -> Value?)
        throws(PostgresError) -> Value
    {
        guard let value = try value() else { throw PostgresError(defect: "column \(column) of an answer is NULL") }
        return value
    }
}

extension JobID {
    /// From the sixteen bytes of a uuid.
    @inline(__always)
    init(bigEndian bytes: UnsafeRawBufferPointer) {
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

extension PostgresError {
    static func wrongWidth(_ column: Int, _ found: Int, _ expected: Int) -> PostgresError {
        PostgresError(defect: "column \(column) of an answer has \(found) bytes where \(expected) were expected")
    }
}
