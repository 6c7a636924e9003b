internal import GRDBSQLite
internal import HakobiCore

/// A compiled statement in use: bind, step, read, reset.
struct Prepared {
    let pointer: OpaquePointer
    let connection: Connection

    /// SQLite copies what is bound: the caller's bytes may move as soon as the call returns.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    // MARK: Parameters, numbered from 1

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(pointer, index, value) }

    func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(pointer, index, Int64(value)) }

    func bind(_ index: Int32, _ value: Int64?) {
        if let value { sqlite3_bind_int64(pointer, index, value) } else { sqlite3_bind_null(pointer, index) }
    }

    func bind(_ index: Int32, _ text: String?) {
        guard var text else { return discard(sqlite3_bind_null(pointer, index)) }
        text.withUTF8 { bytes in
            // An empty buffer has no address, and SQLite takes none for NULL.
            let start = bytes.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
            if let start {
                sqlite3_bind_text(pointer, index, start, Int32(bytes.count), Self.copied)
            } else {
                sqlite3_bind_text(pointer, index, "", 0, Self.copied)
            }
        }
    }

    func bind(_ index: Int32, _ bytes: [UInt8]?) {
        guard let bytes else { return discard(sqlite3_bind_null(pointer, index)) }
        guard !bytes.isEmpty else { return discard(sqlite3_bind_zeroblob(pointer, index, 0)) }
        bytes.withUnsafeBytes {
            discard(sqlite3_bind_blob(pointer, index, $0.baseAddress, Int32(clamping: $0.count), Self.copied))
        }
    }

    /// The id as 16 bytes in network order, so that bytes sort as ids do.
    func bind(_ index: Int32, _ id: JobID) {
        var halves = (id.high.bigEndian, id.low.bigEndian)
        withUnsafeBytes(of: &halves) {
            discard(sqlite3_bind_blob(pointer, index, $0.baseAddress, 16, Self.copied))
        }
    }

    private func discard(_: Int32) {}

    // MARK: Running

    /// The next row, if there is one.
    func step() throws(StoreError) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = connection.failure()
            reset()
            throw error
        }
    }

    /// Ready for the next use. Its code repeats what `step` has already thrown.
    func reset() { sqlite3_reset(pointer) }

    /// To the end, ignoring rows.
    func run() throws(StoreError) {
        while try step() {}
        reset()
    }

    /// The first row through `read`, or `nil`.
    func first<Value>(_ read: (Prepared) throws(StoreError) -> Value) throws(StoreError) -> Value? {
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    /// Every row through `read`.
    func all<Value>(_ read: (Prepared) throws(StoreError) -> Value) throws(StoreError) -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try step() { values.append(try read(self)) }
        return values
    }

    // MARK: Columns, numbered from 0

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    func optionalInt(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(pointer, column) else { return "" }
        let count = Int(sqlite3_column_bytes(pointer, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(pointer, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column))))
    }

    func optionalBlob(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : blob(column) }

    func jobID(_ column: Int32) throws(StoreError) -> JobID {
        guard let start = sqlite3_column_blob(pointer, column), sqlite3_column_bytes(pointer, column) == 16 else {
            throw .damaged("an id is not 16 bytes long", operation: connection.operation)
        }
        let high = start.loadUnaligned(as: UInt64.self), low = start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        return JobID(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }
}
