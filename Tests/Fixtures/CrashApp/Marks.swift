import Glibc
import Hakobi

/// What really happened, told by the handlers themselves: one line a write, appended, so that no death can tear one.
///
///     started <job> <attempt> <pid> <nanoseconds>
///     finished <job> <attempt> <pid> <nanoseconds>
///     acked <job>
///     acked-key <idempotency key>
enum Marks {
    private static let file = open(
        variable("CRASH_MARKS") ?? "/dev/null", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)

    static func started(_ context: JobContext) {
        write("started \(context.id) \(context.attempt) \(getpid()) \(now())")
    }
    static func finished(_ context: JobContext) {
        write("finished \(context.id) \(context.attempt) \(getpid()) \(now())")
    }
    static func acked(_ id: JobID) { write("acked \(id)") }
    /// Which job it is, the store may say otherwise: another may have the key.
    static func acked(key: String) { write("acked-key \(key)") }

    static func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { exit(99) }
    }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A variable of the test that started this program.
func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
