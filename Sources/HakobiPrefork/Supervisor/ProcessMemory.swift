internal import Glibc

/// What a process holds of the machine's memory.
enum ProcessMemory {
    /// The most this process has had resident, in bytes.
    static func ownPeak() -> Int64 {
        var usage = rusage()
        getrusage(0, &usage)
        return Int64(usage.ru_maxrss) * 1024
    }

    /// Resident bytes from /proc, or 0 when it is gone. About 10 µs.
    static func resident(pid: Int32) -> Int64 {
        let file = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(file, &bytes, bytes.count)
        guard count > 0 else { return 0 }
        // "size resident shared …", in pages.
        let fields = bytes[..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int64(String(decoding: fields[1], as: UTF8.self)) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
