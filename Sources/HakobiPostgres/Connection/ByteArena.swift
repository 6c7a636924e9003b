/// Bytes of one round's parameters, one after another; kept from round to round, so that a busy connection allocates
/// nothing for them.
final class ByteArena {
    private(set) var base = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 8)
    private(set) var count = 0
    private var capacity = 4096

    /// What is kept for the next round; one enormous round must not hold its memory for ever.
    private static let keptCapacity = 4 << 20

    deinit { base.deallocate() }

    /// Forgets the bytes, and the memory if it was much.
    func clear() {
        count = 0
        guard capacity > Self.keptCapacity else { return }
        base.deallocate()
        capacity = 4096
        base = .allocate(byteCount: capacity, alignment: 8)
    }

    /// Room for `bytes` more; their place, to be filled by the caller at once.
    @inline(__always)
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        if count + bytes > capacity { grow(to: count + bytes) }
        defer { count += bytes }
        return base + count
    }

    @inline(__always)
    func append<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        take(MemoryLayout<Value>.size).storeBytes(of: value.bigEndian, as: Value.self)
    }

    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        take(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    }

    /// Overwrites four bytes written before.
    @inline(__always)
    func patch(_ value: Int32, at offset: Int) {
        (base + offset).storeBytes(of: value.bigEndian, as: Int32.self)
    }

    private func grow(to least: Int) {
        let larger = max(least, capacity * 2)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        fresh.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = fresh
        capacity = larger
    }
}
