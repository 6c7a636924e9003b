import Glibc

/// Memory of a process as the kernel counts it.
package enum ProcessMemory {
    /// Resident bytes of a process (this one, unless told otherwise); 0 when it is gone.
    package static func resident(of pid: Int32? = nil) -> Int64 {
        let file = open(pid.map { "/proc/\($0)/statm" } ?? "/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(file, &buffer, 128)
        let fields = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
