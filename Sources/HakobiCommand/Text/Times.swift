import HakobiCore

/// Moments as ISO 8601: `2026-11-22T21:40:01Z`, `2026-11-22 21:40+09:00`, `2026-11-22`. Without a zone: UTC.
///
/// Written by hand: the calendar part is ten lines of integer arithmetic, and a formatter would cost each worker process
/// the megabytes of a locale library.
enum TimeText {
    private static let refusal = Unreadable("not a time: write 2026-11-22T21:40:01Z or 2026-11-22T21:40:01+09:00")

    static func read(_ text: String) throws(Unreadable) -> Timestamp {
        var scanner = Scanner(text)
        let year = try scanner.number(4)
        let month = try scanner.number(2, after: "-", in: 1...12)
        let day = try scanner.number(2, after: "-", in: 1...31)
        guard day <= daysIn(month, year) else { throw Unreadable("not a time: \(year)-\(month) has no day \(day)") }
        var microseconds = daysSince1970(year, month, day) * 86_400_000_000
        if scanner.take("T") || scanner.take("t") || scanner.take(" ") {
            microseconds += try clock(&scanner)
        }
        guard scanner.isAtEnd else { throw refusal }
        return Timestamp(microseconds: microseconds)
    }

    private static func clock(_ scanner: inout Scanner) throws(Unreadable) -> Int64 {
        var total = Int64(try scanner.number(2, in: 0...23)) * 3600
        total += Int64(try scanner.number(2, after: ":", in: 0...59)) * 60
        var fraction: Int64 = 0
        if scanner.take(":") {
            total += Int64(try scanner.number(2, in: 0...59))
            if scanner.take(".") { fraction = scanner.fraction() }
        }
        if scanner.take("Z") || scanner.take("z") || scanner.isAtEnd { return total * 1_000_000 + fraction }
        let sign: Int64 = scanner.take("-") ? 1 : -1
        guard sign == 1 || scanner.take("+") else { throw refusal }
        let hours = Int64(try scanner.number(2, in: 0...23))
        _ = scanner.take(":")
        let minutes = scanner.isAtEnd ? 0 : Int64(try scanner.number(2, in: 0...59))
        return (total + sign * (hours * 3600 + minutes * 60)) * 1_000_000 + fraction
    }

    /// `2026-11-22T21:40:01.123456Z`, without the fraction when it is zero.
    static func write(_ moment: Timestamp) -> String {
        let seconds = floorDivide(moment.microseconds, 1_000_000)
        let fraction = moment.microseconds - seconds * 1_000_000
        let days = floorDivide(seconds, 86_400)
        let (year, month, day) = date(daysSince1970: days)
        let second = seconds - days * 86_400
        var text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
        text += "\(pad(Int(second / 3600), 2)):\(pad(Int(second / 60 % 60), 2)):\(pad(Int(second % 60), 2))"
        if fraction != 0 { text += ".\(pad(Int(fraction), 6))" }
        return text + "Z"
    }

    static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Four hexadecimal digits.
    static func hex4(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func daysIn(_ month: Int, _ year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(Int64(shifted), 400)
        let yearOfEra = Int64(shifted) - era * 400
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(daysSince1970 days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
    }

    private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
        number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
    }

    /// Walks the text byte by byte.
    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(
            _ width: Int, after separator: Unicode.Scalar? = nil, in range: ClosedRange<Int> = 0...9999
        ) throws(Unreadable) -> Int {
            if let separator, !take(separator) { throw refusal }
            let digits = rest.prefix(width)
            guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(Substring(digits)), range.contains(number)
            else { throw refusal }
            rest = rest.dropFirst(width)
            return number
        }

        /// Up to six digits count; more are dropped, as no store keeps them.
        mutating func fraction() -> Int64 {
            var value: Int64 = 0
            var scale: Int64 = 100_000
            while let byte = rest.first, (0x30...0x39).contains(byte) {
                value += Int64(byte - 0x30) * scale
                scale /= 10
                rest.removeFirst()
            }
            return value
        }
    }
}
