import Glibc

/// One `%…` of a format, of which nothing is handed to C but what was checked here.
struct Directive {
    let conversion: Unicode.Scalar
    /// The place in the format where it ends.
    let end: Int
    let precision: Int?
    private let width: Int
    private var isLeft = false, hasSign = false, hasSpace = false, hasZeros = false, hasPrefix = false

    /// Without flags, width and precision.
    var isBare: Bool { width == 0 && precision == nil && !hasSign && !hasSpace }

    /// Reads the directive that `format` begins with, if it is one.
    init?(_ format: Slice<UnsafeBufferPointer<UInt8>>) {
        var rest = format.dropFirst()
        flags: while let flag = rest.first {
            switch flag {
            case UInt8(ascii: "-"): isLeft = true
            case UInt8(ascii: "+"): hasSign = true
            case UInt8(ascii: " "): hasSpace = true
            case UInt8(ascii: "0"): hasZeros = true
            case UInt8(ascii: "#"): hasPrefix = true
            default: break flags
            }
            rest = rest.dropFirst()
        }
        width = Self.number(&rest)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            precision = Self.number(&rest)
        } else {
            precision = nil
        }
        // Lengths say nothing of Swift's values.
        rest = rest.drop { "hlLqjzt".utf8.contains($0) }
        guard let conversion = rest.first, "diuxXobcs@fFeEgG%".utf8.contains(conversion) else { return nil }
        self.conversion = Unicode.Scalar(conversion)
        end = rest.startIndex + 1
    }

    /// At most a thousand: no field needs more, and a hostile format must not ask for gigabytes.
    private static func number(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        var number = 0
        while let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
            number = min(1000, number * 10 + Int(digit - UInt8(ascii: "0")))
            rest = rest.dropFirst()
        }
        return number
    }

    func padded(_ text: String) -> String {
        let missing = width - text.count
        guard missing > 0 else { return text }
        if isLeft { return text + String(repeating: " ", count: missing) }
        let isNumber = !"s@c".unicodeScalars.contains(conversion) && text.last?.isHexDigit == true
        guard hasZeros, isNumber else { return String(repeating: " ", count: missing) + text }
        let sign = text.prefix { "+- ".contains($0) }
        return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }

    func signed(_ text: String) -> String {
        guard !text.hasPrefix("-") else { return text }
        return (hasSign ? "+" : hasSpace ? " " : "") + text
    }

    /// In the base that the conversion says.
    func digits(_ number: Int128) -> String {
        let (radix, prefix) = conversion == "o" ? (8, "0") : conversion == "b" ? (2, "0b") : (16, "0x")
        let text = (hasPrefix ? prefix : "") + String(number, radix: radix)
        return conversion == "X" ? text.uppercased() : text
    }

    func decimal(_ number: Double) -> String {
        let format = "%.\(precision ?? 6)\(conversion)"
        return withVaList([number]) { list in
            var buffer = [CChar](repeating: 0, count: 1400)
            let count = vsnprintf(&buffer, buffer.count, format, list)
            return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
