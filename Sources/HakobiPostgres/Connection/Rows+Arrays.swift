internal import HakobiCore

/// Arrays in answers, decoded in one pass. NULL columns are empty arrays; a NULL element is `nil` where the type says so.
extension Rows.Row {
    func int8s(_ column: Int) throws(PostgresError) -> [Int64] { try integers(column) }
    func int4s(_ column: Int) throws(PostgresError) -> [Int32] { try integers(column) }
    func int2s(_ column: Int) throws(PostgresError) -> [Int16] { try integers(column) }

    func bools(_ column: Int) throws(PostgresError) -> [Bool] {
        try present(column) { (bytes) throws(PostgresError) in
            guard bytes.count == 1 else { throw .wrongWidth(column, bytes.count, 1) }
            return bytes[0] != 0
        }
    }

    func uuids(_ column: Int) throws(PostgresError) -> [JobID] {
        try present(column) { (bytes) throws(PostgresError) in
            guard bytes.count == 16 else { throw .wrongWidth(column, bytes.count, 16) }
            return JobID(bigEndian: bytes)
        }
    }

    func texts(_ column: Int) throws(PostgresError) -> [String?] {
        try elements(column) { bytes throws(PostgresError) in bytes.map { String(decoding: $0, as: UTF8.self) } }
    }

    func byteas(_ column: Int) throws(PostgresError) -> [[UInt8]?] {
        try elements(column) { bytes throws(PostgresError) in bytes.map { [UInt8]($0) } }
    }

    private func integers<Value: FixedWidthInteger & BitwiseCopyable>(_ column: Int) throws(PostgresError) -> [Value] {
        try present(column) { (bytes) throws(PostgresError) in
            guard bytes.count == MemoryLayout<Value>.size else {
                throw .wrongWidth(column, bytes.count, MemoryLayout<Value>.size)
            }
            return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
        }
    }

    @inline(__always)
    private func present<Value>(
        _ column: Int, _ decode: (UnsafeRawBufferPointer) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value] {
        try elements(column) { bytes throws(PostgresError) in
            guard let bytes else {
                throw PostgresError(defect: "an array in column \(column) of an answer has a NULL element")
            }
            return try decode(bytes)
        }
    }

    /// Each element's bytes, `nil` for NULL, through `decode`. The form is told in Parameters+Arrays.swift.
    @inline(__always)
    private func elements<Value>(
        _ column: Int, _ decode: (UnsafeRawBufferPointer?) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [Value] {
        guard let bytes = bytes(column) else { return [] }
        let malformed = PostgresError(defect: "column \(column) of an answer is no array of one dimension")
        func integer(_ offset: Int) -> Int {
            Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        }
        guard bytes.count >= 12 else { throw malformed }
        guard integer(0) != 0 else { return [] }
        guard integer(0) == 1, bytes.count >= 20 else { throw malformed }
        let count = integer(12)
        guard count >= 0, bytes.count >= 20 + 4 * count else { throw malformed }
        var values: [Value] = []
        values.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            guard offset + 4 <= bytes.count else { throw malformed }
            let length = integer(offset)
            offset += 4
            guard length >= 0 else {
                values.append(try decode(nil))
                continue
            }
            guard offset + length <= bytes.count else { throw malformed }
            values.append(try decode(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])))
            offset += length
        }
        return values
    }
}
