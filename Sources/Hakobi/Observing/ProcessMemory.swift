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
        let fields = ProcessFiles.text("statm", of: pid).split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Resident bytes of a process and of the programs that its handlers have started. About 10 µs for each thread.
    package static func residentWithPrograms(of pid: Int32) -> Int64 {
        // A guard is a copy of its parent: what it has resident is the parent's, until one of them writes.
        (isGuard(pid) ? 0 : resident(of: pid))
            + ProcessFiles.children(of: pid).reduce(0) { $0 + residentWithPrograms(of: $1) }
    }

    private static func isGuard(_ pid: Int32) -> Bool { ProcessFiles.text("comm", of: pid).hasPrefix("hakobi-guard") }
}
