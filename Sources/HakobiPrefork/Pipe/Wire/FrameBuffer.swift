import Glibc

/// Bytes that came in and are not yet understood: filled from a descriptor, emptied frame by frame.
struct FrameBuffer: Sendable {
    /// What one read brought.
    enum Fill: Sendable, Hashable {
        case bytes
        /// Nothing there now.
        case nothing
        /// The other side is gone.
        case end
    }

    private var storage: [UInt8]
    private var head = 0
    private var tail = 0
    /// Room that the frame under way needs.
    private var wanted = 0
    private static let ordinary = 1 << 16

    init() { storage = [UInt8](repeating: 0, count: Self.ordinary) }

    /// Reads once, as much as there is room for.
    mutating func fill(from descriptor: Int32) -> Fill {
        fill { recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
    }

    /// The same by another call, which answers as `recv` does.
    mutating func fill(_ receive: (UnsafeMutableRawBufferPointer) -> Int) -> Fill {
        makeRoom()
        while true {
            let count = storage.withUnsafeMutableBytes { receive(UnsafeMutableRawBufferPointer(rebasing: $0[tail...])) }
            if count > 0 {
                tail += count
                return .bytes
            }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: return .end
            }
        }
    }

    /// For tests: as if these bytes had been read.
    mutating func feed(_ bytes: some Collection<UInt8>) {
        storage.replaceSubrange(tail..., with: bytes)
        tail = storage.count
    }

    /// The next whole frame, if there is one.
    mutating func next<Value>(
        _ body: (FrameTag, inout ByteReader) throws(FrameError) -> Value
    ) throws(FrameError) -> Value? {
        guard tail - head >= 4 else { return nil }
        let head = head
        let length = storage.withUnsafeBytes {
            Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: head, as: UInt32.self)))
        }
        guard length >= 1, length <= PipeProtocol.maxFrame else {
            throw FrameError("a frame of \(length) bytes; 1 to \(PipeProtocol.maxFrame) are allowed")
        }
        guard tail - head >= 4 + length else {
            wanted = 4 + length
            return nil
        }
        guard let tag = FrameTag(rawValue: storage[head + 4]) else {
            throw FrameError("a frame with the unknown tag \(storage[head + 4])")
        }
        self.head += 4 + length
        wanted = 0
        let result = storage.withUnsafeBytes { bytes -> Result<Value, FrameError> in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[(head + 5)..<(head + 4 + length)]))
            do throws(FrameError) { return .success(try body(tag, &reader)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Moves what is left to the front, and sees that the frame under way will fit; what a large one took is given back.
    private mutating func makeRoom() {
        if head == tail {
            head = 0
            tail = 0
            if storage.count > Self.ordinary * 16, wanted == 0 {
                storage = [UInt8](repeating: 0, count: Self.ordinary)
            }
        }
        let needed = max(wanted - (tail - head), 4096)
        guard storage.count - tail < needed else { return }
        if head > 0 {
            storage.withUnsafeMutableBytes { bytes in
                let base = bytes.baseAddress!
                memmove(base, base + head, tail - head)
            }
            tail -= head
            head = 0
        }
        guard storage.count - tail < needed else { return }
        // Doubled, not made as large as promised: a mad length costs no more memory than the bytes that really come.
        let size = min(max(storage.count * 2, Self.ordinary), max(wanted, Self.ordinary))
        storage.append(contentsOf: repeatElement(0, count: max(4096, size - storage.count)))
    }
}
