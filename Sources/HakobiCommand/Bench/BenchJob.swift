import Glibc
import Hakobi

/// What the benchmark carries: about 100 bytes of JSON, decoded for each job as a user's would be.
struct BenchJob: Job {
    static let kind = "hakobi-bench"
    /// Which job of the run this is.
    let number: Int
    /// When its enqueue call began, on the host's monotonic clock, in nanoseconds.
    let sentAt: Int64
    /// Makes up the weight of a small real payload.
    let text: String

    init(number: Int) {
        self.number = number
        sentAt = MonotonicTime.nanoseconds()
        text = "a welcome mail to somebody at example.org"
    }
}

/// The host's monotonic clock, equal in all its processes: what pickup is measured by.
enum MonotonicTime {
    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
