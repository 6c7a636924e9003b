internal import CPostgres
internal import HakobiCore

/// Arrays, each element got from the caller's collection by a closure; `nil` is a NULL element.
///
/// Their form (array_send in arrayfuncs.c): dimensions, whether there are NULLs, the element's type, then a length and a
/// lower bound a dimension; then each element as its length and its bytes, -1 for NULL.
extension Parameters {
    func int8s<Items: Collection>(_ items: Items, _ value: (Items.Element) -> Int64?) {
        integers(items, TypeID.int8Array, TypeID.int8, value)
    }

    func int4s<Items: Collection>(_ items: Items, _ value: (Items.Element) -> Int32?) {
        integers(items, TypeID.int4Array, TypeID.int4, value)
    }

    func int2s<Items: Collection>(_ items: Items, _ value: (Items.Element) -> Int16?) {
        integers(items, TypeID.int2Array, TypeID.int2, value)
    }

    func bools<Items: Collection>(_ items: Items, _ value: (Items.Element) -> Bool?) {
        integers(items, TypeID.boolArray, TypeID.bool) { item in value(item).map { $0 ? 1 : 0 as Int8 } }
    }

    func uuids<Items: Collection>(_ items: Items, _ value: (Items.Element) -> JobID?) {
        array(items, TypeID.uuidArray, TypeID.uuid) { item, arena in
            guard let id = value(item) else { return false }
            arena.append(16 as Int32)
            arena.append(id)
            return true
        }
    }

    func texts<Items: Collection>(_ items: Items, _ value: (Items.Element) -> String?) {
        array(items, TypeID.textArray, TypeID.text) { item, arena in
            guard var text = value(item) else { return false }
            text.withUTF8 { arena.appendElement(UnsafeRawBufferPointer($0)) }
            return true
        }
    }

    func byteas<Items: Collection>(_ items: Items, _ value: (Items.Element) -> [UInt8]?) {
        array(items, TypeID.byteaArray, TypeID.bytea) { item, arena in
            guard let bytes = value(item) else { return false }
            bytes.withUnsafeBytes { arena.appendElement($0) }
            return true
        }
    }

    func int8s(_ values: [Int64]) { int8s(values) { $0 } }
    func int4s(_ values: [Int32]) { int4s(values) { $0 } }
    func uuids(_ values: [JobID]) { uuids(values) { $0 } }
    func texts(_ values: [String]) { texts(values) { $0 } }
    func byteas(_ values: [[UInt8]]) { byteas(values) { $0 } }

    @inline(__always)
    private func integers<Items: Collection, Value: FixedWidthInteger & BitwiseCopyable>(
        _ items: Items, _ type: Oid, _ elementType: Oid, _ value: (Items.Element) -> Value?
    ) {
        let size = MemoryLayout<Value>.size
        array(items, type, elementType) { item, arena in
            guard let value = value(item) else { return false }
            let place = arena.take(4 + size)
            place.storeBytes(of: Int32(size).bigEndian, as: Int32.self)
            place.storeBytes(of: value.bigEndian, toByteOffset: 4, as: Value.self)
            return true
        }
    }

    /// `write` appends one element with its length, or answers `false` for NULL.
    @inline(__always)
    private func array<Items: Collection>(
        _ items: Items, _ type: Oid, _ elementType: Oid, _ write: (Items.Element, ByteArena) -> Bool
    ) {
        add(type) { arena in
            let start = arena.count
            arena.append((items.isEmpty ? 0 : 1) as Int32)
            arena.append(0 as Int32)
            arena.append(elementType)
            guard !items.isEmpty else { return }
            arena.append(Int32(truncatingIfNeeded: items.count))
            arena.append(1 as Int32)
            var hasNull = false
            for item in items where !write(item, arena) {
                hasNull = true
                arena.append(-1 as Int32)
            }
            if hasNull { arena.patch(1, at: start + 4) }
        }
    }
}

extension ByteArena {
    /// An element with its length in front. One over 2 GiB makes the whole parameter too long, which is refused.
    @inline(__always)
    fileprivate func appendElement(_ bytes: UnsafeRawBufferPointer) {
        append(Int32(truncatingIfNeeded: bytes.count))
        append(bytes)
    }
}
