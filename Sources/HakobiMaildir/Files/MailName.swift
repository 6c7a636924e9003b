internal import Glibc
internal import HakobiCore
internal import Synchronization

/// A mail's file name, and what can be told from it: when it came, its order, and the job's id.
///
/// D. J. Bernstein's form: seconds, a dot, letters each with a number (M microseconds, P process, Q count), a dot, the
/// host; info may follow a colon. Names of any other form do: what they do not tell is taken from their bytes.
struct MailName: Hashable {
    /// The name without the info behind a colon.
    let text: String
    /// When it came, in microseconds since 1970; 0 when the name does not tell.
    let arrival: Int64
    /// The order of one process's deliveries within a moment.
    let count: UInt64
    /// Told by the name when a job was inserted; else made of it, the same in every process.
    let id: JobID

    init(_ name: String) {
        text = String(name.prefix { $0 != ":" })
        let parts = Array(text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 2, omittingEmptySubsequences: false))
        let seconds = parts.count > 1 ? Self.number(parts[0][...]) : nil
        let middle = parts.count > 1 ? parts[1] : text.utf8[text.utf8.endIndex...]
        let micros = Self.number(after: UInt8(ascii: "M"), in: middle) ?? 0
        // More digits than that are no date.
        arrival = seconds.flatMap { $0 < 100_000_000_000 ? Int64($0 * 1_000_000 + min(micros, 999_999)) : nil } ?? 0
        count = Self.number(after: UInt8(ascii: "Q"), in: middle) ?? 0
        id = Self.id(in: middle) ?? Self.id(of: text, arrival: arrival)
    }

    /// A fresh name of this process's own, unique on every host.
    static func make(at moment: Timestamp, host: String, job: JobID? = nil) -> String {
        let count = deliveries.add(1, ordering: .relaxed).newValue
        let (seconds, micros) = moment.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let digits = job.map { "J" + $0.description.filter { $0 != "-" } } ?? ""
        return "\(seconds).M\(micros)P\(getpid())Q\(count)\(digits).\(clean(host))"
    }

    private static let deliveries = Atomic<UInt64>(0)

    /// As the Maildir page has it.
    private static func clean(_ host: String) -> String {
        var clean = ""
        for character in host {
            switch character {
            case "/": clean += "\\057"
            case ":": clean += "\\072"
            default: clean.append(character)
            }
        }
        return clean
    }

    private static func number(_ digits: Substring.UTF8View.SubSequence) -> UInt64? {
        guard !digits.isEmpty, digits.count < 19 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + UInt64(byte - 0x30)
        }
        return value
    }

    private static func number(after letter: UInt8, in text: Substring.UTF8View.SubSequence) -> UInt64? {
        guard let place = text.firstIndex(of: letter) else { return nil }
        return number(text[text.index(after: place)...].prefix { (0x30...0x39).contains($0) })
    }

    private static func id(in text: Substring.UTF8View.SubSequence) -> JobID? {
        guard let place = text.firstIndex(of: UInt8(ascii: "J")) else { return nil }
        let digits = text[text.index(after: place)...].prefix(32)
        return digits.count == 32 ? JobID(String(decoding: digits, as: UTF8.self)) : nil
    }

    /// FNV-1a (RFC 9923) over the name, beside the time: alike in every process, and two mails of one millisecond with the
    /// same 64 bits are not to be expected.
    private static func id(of text: String, arrival: Int64) -> JobID {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let milliseconds = UInt64(arrival / 1000) & 0xFFFF_FFFF_FFFF
        return JobID(
            high: milliseconds << 16 | 0x7000 | hash >> 52,
            low: 0x8000_0000_0000_0000 | (hash &* 0x9E37_79B9_7F4A_7C15) >> 2)
    }
}
