import Glibc

/// Reading standard input whole or by lines; a command line may wait for it.
enum StandardInput {
    /// All of it, or a refusal once there is more than `limit`.
    static func readAll(limit: Int) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try readChunk(STDIN_FILENO) {
            bytes += chunk
            if bytes.count > limit {
                throw CommandFailure(
                    .failed, "the payload has more than \(limit) bytes: store large data elsewhere and enqueue its name"
                )
            }
        }
        return bytes
    }

    /// The next bytes, or `nil` at the end.
    static func readChunk(_ descriptor: Int32) throws(CommandFailure) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure(.failed, "cannot read standard input: \(String(cString: strerror(errno)))")
            }
            return count == 0 ? nil : Array(buffer[..<count])
        }
    }
}

/// Lines of a descriptor, without their ends; holds one line and one chunk at a time.
struct LineReader {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    private(set) var number = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// The next line, or `nil` after the last; refuses one longer than `limit`.
    mutating func next(limit: Int) throws(CommandFailure) -> [UInt8]? {
        var scanned = position
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                defer { position = end + 1 }
                return finish(buffer[position..<end])
            }
            scanned = buffer.count
            if isAtEnd {
                defer { position = buffer.count }
                return position < buffer.count ? finish(buffer[position...]) : nil
            }
            if scanned - position > limit {
                throw CommandFailure(.failed, "line \(number + 1): it has more than \(limit) bytes")
            }
            buffer.removeSubrange(..<position)
            scanned -= position
            position = 0
            if let chunk = try StandardInput.readChunk(descriptor) { buffer += chunk } else { isAtEnd = true }
        }
    }

    private mutating func finish(_ line: ArraySlice<UInt8>) -> [UInt8] {
        number += 1
        return Array(line.last == 0x0D ? line.dropLast() : line)
    }
}
