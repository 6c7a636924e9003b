/// Byte counts as people write them: `256MB` (decimal), `1GiB` (binary), `4096` (bytes).
enum SizeText {
    private static let units: [String: Int64] = [
        "": 1, "b": 1, "k": 1024, "kb": 1000, "kib": 1024, "m": 1_048_576, "mb": 1_000_000, "mib": 1_048_576,
        "g": 1_073_741_824, "gb": 1_000_000_000, "gib": 1_073_741_824,
    ]

    static func read(_ text: String) throws(Unreadable) -> Int64 {
        guard !text.hasPrefix("-") else { throw Unreadable("negative: a size must be 0 or more") }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).lowercased()
        guard let number = Int64(digits), let size = units[unit] else {
            throw Unreadable("not a size: write 256MB, 1GiB or a count of bytes")
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: size)
        guard !overflow else { throw Unreadable("too large: it does not fit 64 bits") }
        return product
    }

    /// A short text for tables: `912 KB`, `18.3 MB`.
    static func short(_ bytes: Int64) -> String {
        switch bytes {
        case ..<1000: return "\(bytes) B"
        case ..<1_000_000: return "\(bytes / 1000) KB"
        case ..<1_000_000_000: return "\(bytes / 1_000_000).\(bytes / 100_000 % 10) MB"
        default: return "\(bytes / 1_000_000_000).\(bytes / 100_000_000 % 10) GB"
        }
    }
}
