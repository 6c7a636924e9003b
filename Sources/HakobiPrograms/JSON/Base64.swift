/// Base64 (RFC 4648 §4): what JSON cannot carry otherwise. By hand, because a worker process would have the platform's
/// library in memory for these lines.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8?] = (0...255).map { byte in
        digits.firstIndex(of: UInt8(byte)).map { UInt8($0) }
    }

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = UInt32(bytes[start]) << 16
            if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[start + 2]) }
            for place in 0..<4 {
                text.append(place > count ? UInt8(ascii: "=") : digits[Int(group >> (18 - 6 * UInt32(place))) & 63])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for what is no Base64. Line breaks are passed over: some encoders cannot be told to leave them out.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        var count = 0
        var padding = 0
        for byte in text.utf8 where byte != 0x0A && byte != 0x0D {
            count += 1
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = values[Int(byte)] else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
        }
        return count % 4 == 0 && padding <= 2 ? bytes : nil
    }
}
