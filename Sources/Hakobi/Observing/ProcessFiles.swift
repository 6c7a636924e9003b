import CHakobi
import Glibc

/// What the kernel tells of a process under /proc.
package enum ProcessFiles {
    /// A file in a process's folder (this one's, unless told otherwise); empty when it is gone.
    package static func text(_ name: String, of pid: Int32? = nil) -> String {
        let file = open("/proc/\(pid.map(String.init) ?? "self")/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(file, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The processes it has started and not waited for: the kernel lists them by the thread that started them.
    package static func children(of pid: Int32) -> [Int32] {
        guard let threads = opendir("/proc/\(pid)/task") else { return [] }
        defer { closedir(threads) }
        var children: [Int32] = []
        while let thread = hakobi_next_name(threads) {
            let list = text("task/\(String(cString: thread))/children", of: pid)
            children += list.split(separator: " ").compactMap { Int32($0) }
        }
        return children
    }
}
