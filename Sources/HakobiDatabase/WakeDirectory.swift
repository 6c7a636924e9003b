internal import CHakobi
internal import Glibc

/// A directory where the processes of one user that listen for the same jobs have a socket each.
///
/// Readable by its owner only. Addresses go through `/proc/self/fd`, because a socket's path has 108 bytes and a
/// directory's may have 4096. Everything here may fail: a hint that is not sent is found by polling.
final class WakeDirectory: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes the directory if it is not there; without one, nothing is sent or heard.
    init(at path: String) {
        self.path = path
        mkdir(path, 0o700)
        var info = stat()
        // A directory of somebody else's could be moved about under us.
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR, info.st_uid == geteuid() else {
            descriptor = -1
            return
        }
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// When the set of sockets last changed, to the nanosecond as far as the file system tells.
    func changedAt() -> timespec? {
        var info = stat()
        return descriptor >= 0 && fstat(descriptor, &info) == 0 ? info.st_mtim : nil
    }

    /// The sockets that are there.
    func sockets() -> [String] {
        guard let directory = opendir(address(of: "")) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let next = hakobi_next_name(directory) {
            let name = String(cString: next)
            if name.hasSuffix(".socket") { names.append(name) }
        }
        return names
    }

    /// A socket for datagrams, heard under `name`; `nil` where there can be none.
    func listen(as name: String) -> Int32? {
        guard descriptor >= 0, let socket = Self.unnamed() else { return nil }
        guard withAddress(of: name, { bind(socket, $0, $1) }) == 0 else {
            close(socket)
            return nil
        }
        chmod(address(of: name), 0o600)
        return socket
    }

    /// One byte to `name`, at once or not at all. A socket that nobody reads any more is removed.
    func send(to name: String, from socket: Int32) {
        var byte: UInt8 = 1
        let sent = withAddress(of: name) { address, length in
            sendto(socket, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), address, length)
        }
        if sent < 0, errno == ECONNREFUSED { remove(name) }
    }

    /// Takes a socket's name away.
    func remove(_ name: String) { unlink(address(of: name)) }

    /// A socket without a name, to send from.
    static func unnamed() -> Int32? {
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        return socket >= 0 ? socket : nil
    }

    private func address(of name: String) -> String { "/proc/self/fd/\(descriptor)/\(name)" }

    private func withAddress<Result: Numeric>(
        of name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(self.address(of: name).utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            // Names are ours and short; one that did not fit would be cut, and the hint lost.
            bytes.copyBytes(from: path.prefix(bytes.count - 1))
        }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
