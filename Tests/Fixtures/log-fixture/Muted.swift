import Glibc
import Logging
import MallocCount
import MinimalLog

/// What a call costs that prints nothing: allocations, evaluations, nanoseconds.
enum Muted {
    private static let calls = 1_000_000

    static func run() {
        var logger = Logger(label: "muted") { MinimalLogHandler(label: $0, level: .info) }
        logger[metadataKey: "job"] = "1"
        measure("debugf text") { debugf("job \($0) of \(String(repeating: "x", count: $0))") }
        measure("debugf value") { debugf([$0]) }
        measure("debugf format") { debugf("%d %s", $0, String(repeating: "x", count: $0)) }
        measure("debugff") { debugff("job \($0)") }
        measure("logger.debug") { logger.debug("job \($0)", metadata: ["n": "\($0)"]) }
        MinimalLog.with {
            $0.level = .mute
        } run: {
            measure("critf, muted by the task") { critf("job \($0)") }
            measure("logger.error, muted by the task") { logger.error("job \($0)") }
        }
        MinimalLog.with {
            $0.moduleDebug = ["log_fixture": false, "Other": true]
        } run: {
            measure("debugf, by module") { debugf("job \($0)") }
        }
    }

    private static func measure(_ name: String, _ call: (Int) -> Void) {
        call(0)
        let before = malloc_count()
        let start = Clock.now
        for number in 0..<calls { call(number) }
        let allocations = malloc_count() - before
        let nanoseconds = (Clock.now - start) / Double(calls) * 1e9
        print("\(name): \(allocations) allocations, \(Int(nanoseconds.rounded())) ns")
    }
}

enum Clock {
    /// Seconds.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Seconds of processor time of this process.
    static var processor: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
