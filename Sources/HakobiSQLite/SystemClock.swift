internal import CHakobi
internal import Glibc
internal import HakobiCore

extension StoreClock {
    /// This host's clocks, read so that all its processes agree: leases of one are understood by every other.
    ///
    /// `CLOCK_BOOTTIME` counts from the boot, goes on while the host sleeps, and no one can set it. A file is used from one
    /// host only, so nothing else needs to agree; that the host has not been restarted meanwhile says `bootID`.
    static let sqlite = StoreClock(
        wall: {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return Timestamp(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)
        },
        steady: { .microseconds(hakobi_boottime_raw()) })

    /// The kernel's name for this run of the host; empty where there is no `/proc`.
    static func bootID() -> String {
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
