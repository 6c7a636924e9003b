import Glibc

/// Memory of a process as the kernel counts it.
package enum ProcessMemory {
    /// The most this process has had resident, in bytes.
    package static func ownPeak() -> Int64 {
        var usage = rusage()
        getrusage(0, &usage)
        return Int64(usage.ru_maxrss) * 1024
    }

    /// Resident bytes of a process (this one, unless told otherwise); 0 when it is gone. About 10 µs.
    package static func resident(of pid: Int32? = nil) -> Int64 {
        // "size resident shared …", in pages.
        let fields = text("/proc/\(pid.map(String.init) ?? "self")/statm").split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Resident bytes of a process and of the programs that its handlers have started. About 10 µs for each thread.
    package static func residentWithPrograms(of pid: Int32) -> Int64 {
        // A guard is a copy of its parent: what it has resident is the parent's, until one of them writes.
        (isGuard(pid) ? 0 : resident(of: pid)) + children(of: pid).reduce(0) { $0 + residentWithPrograms(of: $1) }
    }

    private static func isGuard(_ pid: Int32) -> Bool { text("/proc/\(pid)/comm").hasPrefix("hakobi-guard") }

    /// A child is listed under the thread that started it.
    private static func children(of pid: Int32) -> [Int32] {
        guard let folder = opendir("/proc/\(pid)/task") else { return [] }
        defer { closedir(folder) }
        var children: [Int32] = []
        while let entry = readdir(folder) {
            let thread = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int32(thread) != nil else { continue }
            children += text("/proc/\(pid)/task/\(thread)/children").split(separator: " ").compactMap { Int32($0) }
        }
        return children
    }

    private static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self) : ""
    }
}
