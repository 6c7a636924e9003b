import Glibc
import Logging

/// The reading end of a program's output: keeps its tail, and hands on its lines. Never blocks.
struct PipeReader {
    /// What is kept of standard error.
    static let kept = 65_536

    private(set) var descriptor: Int32
    private var bytes: [UInt8] = []
    /// How many of them were handed on as lines.
    private var handedOn = 0
    private var isCut = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Takes what is there. At the end of the stream it closes, so that poll rests.
    mutating func read() {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        // Bounded, so that a program that writes without end cannot keep its reader from seeing anything else.
        for _ in 0..<64 where descriptor >= 0 {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else { return close() }
            bytes += buffer[..<count]
            if bytes.count > 2 * Self.kept { cut() }
        }
    }

    private mutating func cut() {
        guard bytes.count > Self.kept else { return }
        let excess = bytes.count - Self.kept
        bytes.removeFirst(excess)
        handedOn = max(0, handedOn - excess)
        isCut = true
    }

    /// The tail as text, from the beginning of a line when earlier ones were dropped.
    var text: String {
        var tail = self
        tail.cut()
        var slice = tail.bytes[...]
        if tail.isCut, let end = slice.firstIndex(of: 0x0A) { slice = slice[(end + 1)...] }
        while let last = slice.last, last <= 0x20 { slice.removeLast() }
        while let first = slice.first, first <= 0x20 { slice.removeFirst() }
        let text = String(decoding: slice, as: UTF8.self)
        return tail.isCut ? "[… earlier output dropped]\n" + text : text
    }

    /// Reads, and logs each whole line.
    mutating func logLines(_ logger: Logger, at level: Logger.Level = .debug) {
        read()
        while let end = bytes[handedOn...].firstIndex(of: 0x0A) {
            logger.log(level: level, "\(String(decoding: bytes[handedOn..<end], as: UTF8.self))")
            handedOn = end + 1
        }
        if bytes.count > Self.kept { cut() }
    }

    /// The lines so far have nothing to do with what comes.
    mutating func forget() {
        bytes.removeFirst(handedOn)
        handedOn = 0
        isCut = false
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
