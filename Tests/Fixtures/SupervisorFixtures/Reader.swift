internal import Dispatch
internal import Glibc

/// Reads lines from a non-blocking descriptor on a thread of its own, until end of file.
package enum Reader {
    package static func start(
        _ descriptor: Int32, onLine: @escaping @Sendable (String) -> Void, atEnd: @escaping @Sendable () -> Void
    ) {
        DispatchQueue(label: "reader").async {
            var rest: [UInt8] = []
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                poll(&wanted, 1, -1)
                let count = read(descriptor, &bytes, bytes.count)
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                guard count > 0 else { break }
                rest += bytes[..<count]
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    onLine(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
            }
            atEnd()
        }
    }
}
