import HakobiCore

/// Durations as people write them: `250ms`, `10s`, `5m`, `1h30m`, `2d`.
enum DurationText {
    private static let units: [(name: String, microseconds: Int64)] = [
        ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1),
    ]

    /// Reads a duration of zero or more; `what` names it when it is refused.
    static func read(_ text: String) throws(Unreadable) -> Duration {
        guard !text.hasPrefix("-") else { throw Unreadable("negative: a duration must be 0s or more") }
        guard text != "0" else { return .zero }
        var rest = text[...]
        var total: Int64 = 0
        guard !rest.isEmpty else { throw notADuration }
        while !rest.isEmpty {
            let part = try readPart(&rest)
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { throw Unreadable("too long: a duration has at most 290,000 years") }
            total = sum
        }
        return .microseconds(total)
    }

    private static let notADuration = Unreadable("not a duration: write 250ms, 10s, 5m, 1h30m or 2d")

    private static func readPart(_ rest: inout Substring) throws(Unreadable) -> Int64 {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        let unit = rest.prefix { !$0.isNumber }
        rest = rest.dropFirst(unit.count)
        guard !digits.isEmpty else { throw notADuration }
        guard !unit.isEmpty else { throw Unreadable("a number without a unit: write \(digits)s for seconds") }
        guard let size = units.first(where: { $0.name == unit }) else { throw notADuration }
        guard let number = Int64(digits),
            case let (product, overflow) = number.multipliedReportingOverflow(by: size.microseconds),
            !overflow
        else { throw Unreadable("too long: a duration has at most 290,000 years") }
        return product
    }

    /// The exact text that reads back as the same whole microseconds: `1h30m`, `250ms`, `0s`.
    static func exact(_ duration: Duration) -> String {
        var rest = duration.wholeMicroseconds
        guard rest != 0 else { return "0s" }
        var text = rest < 0 ? "-" : ""
        rest = abs(rest)
        for unit in units where rest >= unit.microseconds {
            text += "\(rest / unit.microseconds)\(unit.name)"
            rest %= unit.microseconds
        }
        return text
    }

    /// A short text for tables: the two largest units, `3h12m`, or one with a digit below ten seconds.
    static func short(_ duration: Duration) -> String {
        let microseconds = max(0, duration.wholeMicroseconds)
        let seconds = microseconds / 1_000_000
        switch seconds {
        case 0 where microseconds < 1000: return microseconds == 0 ? "0s" : "\(microseconds)us"
        case 0: return "\(microseconds / 1000)ms"
        case 1..<10: return "\(seconds).\(microseconds / 100_000 % 10)s"
        case 10..<60: return "\(seconds)s"
        case 60..<3600: return "\(seconds / 60)m\(seconds % 60)s"
        case 3600..<86_400: return "\(seconds / 3600)h\(seconds / 60 % 60)m"
        default: return "\(seconds / 86_400)d\(seconds / 3600 % 24)h"
        }
    }
}
