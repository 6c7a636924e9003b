import Glibc
import HakobiCore

/// The time that deadlines of programs are measured in. It stands still while the machine sleeps, as programs do: nobody
/// has been silent for the hours that a lid was closed. (Leases and time limits of jobs are of another clock.)
enum ProgramClock {
    static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .nanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// For `poll`: rounded up, so that a deadline is over when its wait is.
    static func milliseconds(_ left: Duration) -> Int32 {
        Int32(clamping: (max(.zero, left).wholeMicroseconds + 999) / 1000)
    }
}
