/// The name of one job: 128 bits, laid out as a UUID of version 7 (RFC 9562 §5.7), so later ids sort after earlier ones.
///
/// Made by the client before the first try: inserting the same id again is `.existing`, which makes an answer that was
/// lost after the commit safe to retry.
public struct JobID: Sendable, Hashable, Comparable, LosslessStringConvertible {
    /// The first 64 bits in network order: 48 bits of Unix milliseconds, the version, 12 random bits.
    public let high: UInt64
    /// The last 64 bits in network order: the variant and 62 random bits.
    public let low: UInt64

    /// Takes the two halves as they are; used by stores and pipes, which carry the id as 16 bytes.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh id for a job made at `moment`.
    public init(at moment: Timestamp, using generator: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(max(0, moment.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0x0FFF, using: &generator)
        low = 0x8000_0000_0000_0000 | UInt64.random(in: 0...0x3FFF_FFFF_FFFF_FFFF, using: &generator)
    }

    /// Reads the usual 8-4-4-4-12 form, in either case, with or without its hyphens; `nil` for anything else.
    public init?(_ description: String) {
        var digits = 0
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for byte in description.utf8 where byte != UInt8(ascii: "-") {
            guard digits < 32, let value = Self.value(ofHexDigit: byte) else { return nil }
            if digits < 16 { halves.high = halves.high << 4 | value } else { halves.low = halves.low << 4 | value }
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    /// The usual lower-case 8-4-4-4-12 form.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            let digits = StaticString("0123456789abcdef").utf8Start
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = nibble < 16 ? high : low
                buffer[position] = digits[Int(half >> UInt64(60 - (nibble & 15) * 4) & 15)]
                position += 1
            }
            return position
        }
    }

    /// Older ids sort first (to the millisecond; within one, the order is arbitrary).
    public static func < (left: JobID, right: JobID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    private static func value(ofHexDigit byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
