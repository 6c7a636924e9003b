import Glibc

@testable import HakobiCommand
@testable import HakobiPrograms

/// The service manager's end of sd_notify.
final class ManagerSocket {
    let path: String
    private let descriptor: Int32
    private var seen: [String] = []

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Unreadable("no socket at \(path): \(errnoText())") }
    }

    deinit { close(descriptor) }

    /// Everything it was told since the last `forget`.
    var messages: [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
            seen.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
        return seen
    }

    func forget() {
        _ = messages
        seen = []
    }
}
