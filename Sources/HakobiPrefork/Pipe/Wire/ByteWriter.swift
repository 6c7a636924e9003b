import HakobiCore

/// Bytes under construction: integers little-endian, texts and blobs behind their length.
struct ByteWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            put(UInt32(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func put(_ blob: [UInt8]) {
        put(UInt32(blob.count))
        bytes.append(contentsOf: blob)
    }

    /// A one-byte answer to "is there one?", then the value.
    mutating func put<Value>(_ value: Value?, _ write: (inout ByteWriter, Value) -> Void) {
        put(UInt8(value == nil ? 0 : 1))
        if let value { write(&self, value) }
    }

    mutating func put(_ text: String?) { put(text) { $0.put($1) } }

    /// Whole microseconds: finer than any of our clocks' promises, and half the width.
    mutating func put(_ duration: Duration) { put(duration.wholeMicroseconds) }

    mutating func append(_ other: borrowing ByteWriter) { bytes.append(contentsOf: other.bytes) }

    /// One whole frame: its length, its tag, and what `body` writes.
    mutating func frame(_ tag: FrameTag, _ body: (inout ByteWriter) -> Void = { _ in }) {
        let start = count
        put(UInt32(0))
        put(tag.rawValue)
        body(&self)
        patch(UInt32(count - start - 4), at: start)
    }

    /// Writes over four bytes that were put before: counts and lengths known only afterwards.
    mutating func patch(_ value: UInt32, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { source in
            for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
        }
    }

    /// Makes another frame of one that was put before.
    mutating func retag(frameAt offset: Int, _ tag: FrameTag) { bytes[offset + 4] = tag.rawValue }

    /// Takes back everything after the first `count` bytes.
    mutating func cut(to count: Int) { bytes.removeLast(bytes.count - count) }

    /// Empties it; room for ordinary traffic is kept, that of a rare large job given back.
    mutating func clear() { bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 18) }
}
