import Glibc
import Synchronization

/// The host's local time, as other logs of the machine have it: `2011-06-10T17:41:59`. Written once a second, read often.
enum LocalTime {
    private typealias Written = (second: Int64, text: [UInt8])

    private static let local = Mutex<Written>((.min, []))
    private static let utc = Mutex<Written>((.min, []))

    /// Microseconds since 1970.
    static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
    }

    static func append(_ time: Int64, to line: inout [UInt8]) {
        append(time.floorDivided(by: 1_000_000), from: local, in: localtime_r, to: &line)
    }

    /// `2011-06-10T08:41:59.000000Z`, which programs can compare.
    static func appendUTC(_ time: Int64, to line: inout [UInt8]) {
        let second = time.floorDivided(by: 1_000_000)
        append(second, from: utc, in: gmtime_r, to: &line)
        line.append(".")
        append(Int(time - second * 1_000_000), digits: 6, to: &line)
        line.append("Z")
    }

    private static func append(
        _ second: Int64, from written: borrowing Mutex<Written>, in breakdown: Breakdown, to line: inout [UInt8]
    ) {
        written.withLock { written in
            if written.second != second { written = (second, bytes(of: second, in: breakdown)) }
            line.append(contentsOf: written.text)
        }
    }

    static func text(_ time: Int64) -> String {
        var bytes: [UInt8] = []
        append(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private typealias Breakdown =
        (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?

    private static func bytes(of second: Int64, in breakdown: Breakdown) -> [UInt8] {
        var second = time_t(second)
        var parts = tm()
        _ = breakdown(&second, &parts)
        var text: [UInt8] = []
        append(Int(parts.tm_year) + 1900, digits: 4, to: &text)
        for (separator, number) in [
            ("-", parts.tm_mon + 1), ("-", parts.tm_mday), ("T", parts.tm_hour), (":", parts.tm_min),
            (":", parts.tm_sec),
        ] {
            text.append(separator)
            append(Int(number), digits: 2, to: &text)
        }
        return text
    }

    private static func append(_ number: Int, digits: Int, to line: inout [UInt8]) {
        let text = String(number)
        for _ in 0..<max(0, digits - text.utf8.count) { line.append("0") }
        line.append(text)
    }
}

extension Int64 {
    fileprivate func floorDivided(by other: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: other)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
