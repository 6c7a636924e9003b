import HakobiCore

/// What came over the pipe is not what was agreed. One sentence, for the log.
struct FrameError: Error, Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Reads what `ByteWriter` wrote. Believes nothing: every length is checked against what is there before it is used.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(FrameError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw FrameError("a frame ends in the middle of a number") }
        defer { position += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// A number of things that follow, each of at least `size` bytes: more than fit are refused before room is made.
    mutating func count(ofAtLeast size: Int) throws(FrameError) -> Int {
        let count = Int(try integer(UInt32.self))
        guard count <= remaining / max(1, size) else { throw FrameError("a frame promises more than it holds") }
        return count
    }

    private mutating func span() throws(FrameError) -> UnsafeRawBufferPointer {
        let count = try count(ofAtLeast: 1)
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func blob() throws(FrameError) -> [UInt8] { [UInt8](try span()) }

    mutating func text() throws(FrameError) -> String {
        guard let text = String(validating: try span(), as: UTF8.self) else {
            throw FrameError("a text in a frame is not UTF-8")
        }
        return text
    }

    /// As `text`, but most texts repeat: the one before is given again when the bytes are the same.
    mutating func text(like last: String) throws(FrameError) -> String {
        let span = try span()
        var last = last
        let isSame = last.withUTF8 { $0.elementsEqual(span) }
        if isSame { return last }
        guard let text = String(validating: span, as: UTF8.self) else {
            throw FrameError("a text in a frame is not UTF-8")
        }
        return text
    }

    mutating func flag() throws(FrameError) -> Bool {
        switch try integer(UInt8.self) {
        case 0: false
        case 1: true
        case let other: throw FrameError("\(other) is neither yes nor no")
        }
    }

    mutating func optional<Value>(
        _ read: (inout ByteReader) throws(FrameError) -> Value
    ) throws(FrameError) -> Value? {
        try flag() ? try read(&self) : nil
    }

    mutating func optionalText() throws(FrameError) -> String? {
        try optional { reader throws(FrameError) in try reader.text() }
    }

    mutating func duration() throws(FrameError) -> Duration { .microseconds(try integer(Int64.self)) }

    /// Names are checked like any other input: a frame may come from another release, or from a child gone mad.
    mutating func named<Name>(_ make: (String) throws(InvalidName) -> Name) throws(FrameError) -> Name {
        let text = try text()
        do throws(InvalidName) { return try make(text) } catch { throw FrameError(error.description) }
    }

    /// Nothing may be left over: that would mean that the two sides disagree about the layout.
    func end() throws(FrameError) {
        guard remaining == 0 else { throw FrameError("a frame has \(remaining) bytes too many") }
    }
}
