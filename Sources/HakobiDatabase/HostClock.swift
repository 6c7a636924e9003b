internal import CHakobi
internal import Glibc
package import HakobiCore

extension StoreClock {
    /// This host's clocks, read so that all its processes agree: leases of one are understood by every other.
    ///
    /// `CLOCK_BOOTTIME` counts from the boot, goes on while the host sleeps, and no one can set it. What such a store lies
    /// on is used from one host only, so nothing else needs to agree; that the host has not been restarted meanwhile says
    /// the boot's id.
    package static let host = StoreClock(
        wall: {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return Timestamp(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)
        },
        steady: { .microseconds(hakobi_boottime_raw()) })
}
