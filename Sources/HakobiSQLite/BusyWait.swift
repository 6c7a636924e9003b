internal import CHakobi
internal import GRDBSQLite
internal import Glibc
internal import HakobiCore

/// How a connection waits for the write lock: short naps with jitter, for a bounded time.
///
/// SQLite's own busy timeout naps ever longer, up to 100 ms, so whoever has just committed takes the lock again long before
/// anyone else looks: one process drained 50,000 jobs while three others waited for all of it. Naps of the length of a
/// transaction let every process take part.
final class BusyWait {
    private let timeout: UInt64
    private var deadline: UInt64 = 0
    private var nap: UInt32 = 50
    /// Naps since it was last asked; says that others work on the file too.
    private(set) var naps = 0

    /// Waits at most `timeout` in one go.
    init(timeout: Duration) { self.timeout = UInt64(max(0, timeout.wholeMicroseconds)) }

    /// Makes `connection` wait like this; the caller keeps this object as long as the connection.
    func attach(to handle: OpaquePointer) {
        sqlite3_busy_handler(
            handle,
            { context, times in
                guard let context else { return 0 }
                return Unmanaged<BusyWait>.fromOpaque(context).takeUnretainedValue().wait(times: times) ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Makes `attempt` wait where SQLite would not. To switch to WAL it turns a read into a write, and answers busy at once
    /// without asking the handler, because two who wait like that would wait for each other; here nothing is held between.
    func retry<Value>(_ attempt: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        let end = Self.microseconds() + timeout
        var times: Int32 = 0
        while true {
            do throws(StoreError) { return try attempt() } catch {
                guard error.reason == .busy, Self.microseconds() < end, wait(times: times) else { throw error }
                times += 1
            }
        }
    }

    private func wait(times: Int32) -> Bool {
        let now = Self.microseconds()
        if times == 0 { (deadline, nap) = (now + timeout, 50) }
        guard now < deadline else { return false }
        naps += 1
        usleep(UInt32.random(in: 50...nap))
        // Full length only after some 20 ms of waiting: until then whoever waits is next, see `Turnstile`.
        nap = min(nap + (times > 200 ? nap / 2 : 5), times > 200 ? 2000 : 150)
        return true
    }

    private static func microseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
    }
}
