internal import CPostgres
internal import HakobiCore

/// The numbers by which PostgreSQL knows its types; the same in every database (pg_type.dat).
enum TypeID {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let uuid: Oid = 2950
    static let boolArray: Oid = 1000
    static let byteaArray: Oid = 1001
    static let int2Array: Oid = 1005
    static let int4Array: Oid = 1007
    static let textArray: Oid = 1009
    static let int8Array: Oid = 1016
    static let uuidArray: Oid = 2951
}

/// The values of a round's statements, `$1`, `$2`, … in the order in which they are given, in PostgreSQL's binary form: no
/// digits are printed here and parsed there, and arrays are written straight from the caller's collection.
final class Parameters {
    let arena = ByteArena()
    private(set) var types: [Oid] = []
    /// Where each begins in the arena; -1 for NULL.
    private(set) var offsets: [Int] = []
    private(set) var lengths: [Int32] = []
    /// A value longer than the protocol can carry was given.
    private(set) var isTooLong = false

    var count: Int { types.count }

    func clear() {
        arena.clear()
        types.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        isTooLong = false
    }

    func int8(_ value: Int64?) { integer(value, TypeID.int8) }
    func int4(_ value: Int32?) { integer(value, TypeID.int4) }
    func int2(_ value: Int16?) { integer(value, TypeID.int2) }
    func bool(_ value: Bool?) { integer(value.map { $0 ? 1 : 0 as Int8 }, TypeID.bool) }

    func uuid(_ value: JobID?) {
        guard let value else { return null(TypeID.uuid) }
        add(TypeID.uuid) { $0.append(value) }
    }

    func text(_ value: String?) {
        guard let value else { return null(TypeID.text) }
        add(TypeID.text) { $0.append(value) }
    }

    func bytea(_ value: [UInt8]?) {
        guard let value else { return null(TypeID.bytea) }
        add(TypeID.bytea) { arena in value.withUnsafeBytes { arena.append($0) } }
    }

    private func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value?, _ type: Oid) {
        guard let value else { return null(type) }
        add(type) { $0.append(value) }
    }

    private func null(_ type: Oid) {
        types.append(type)
        offsets.append(-1)
        lengths.append(0)
    }

    /// One parameter, whose bytes `write` appends.
    @inline(__always)
    func add(_ type: Oid, _ write: (ByteArena) -> Void) {
        let start = arena.count
        write(arena)
        types.append(type)
        offsets.append(start)
        let length = Int32(exactly: arena.count - start)
        if length == nil { isTooLong = true }
        lengths.append(length ?? 0)
    }
}

extension ByteArena {
    func append(_ id: JobID) {
        let place = take(16)
        place.storeBytes(of: id.high.bigEndian, as: UInt64.self)
        place.storeBytes(of: id.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }
}
