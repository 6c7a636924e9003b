import Glibc

extension MinimalLog {
    /// Stands for an argument that was not given: the default of the verbs' arguments.
    public static var absent: Any? { Absent() }
}

struct Absent: Sendable {}

/// printf's directives over Swift's values: `%d %i %u %x %X %o %b %c %s %@ %f %e %g %%`, with flags, width and precision.
///
/// A format never fails: a directive without an argument stays as it is, a value that is no number is written as text, and
/// arguments that are left over follow in parentheses. Nothing is read that was not given.
struct Printf {
    private let describe: (Any?) -> String
    private var arguments: ArraySlice<Any?>
    private var text = ""

    /// - Parameter describe: how a value is written for `%s`.
    static func text(_ format: String, _ arguments: [Any?], describe: @escaping (Any?) -> String) -> String {
        var printf = Printf(describe: describe, arguments: arguments[...])
        printf.write(format)
        return printf.text
    }

    private init(describe: @escaping (Any?) -> String, arguments: ArraySlice<Any?>) {
        self.describe = describe
        self.arguments = arguments
    }

    private mutating func write(_ format: String) {
        var rest = Substring(format)
        while let percent = rest.firstIndex(of: "%") {
            text += rest[..<percent]
            rest = rest[percent...]
            guard let directive = Directive(&rest) else {
                text += "%"
                rest = rest.dropFirst()
                continue
            }
            if directive.conversion == "%" {
                text += "%"
            } else if let value = arguments.popFirst() {
                text += directive.padded(written(value, directive))
            } else {
                text += directive.source
            }
        }
        text += rest
        if !arguments.isEmpty { text += " (left over: \(arguments.map(describe).joined(separator: ", ")))" }
    }

    private func written(_ value: Any?, _ directive: Directive) -> String {
        switch directive.conversion {
        case "d", "i", "u":
            guard let number = Self.integer(value) else { return describe(value) }
            return directive.signed(number.description)
        case "x": return Self.integer(value).map { directive.digits($0, radix: 16, prefix: "0x") } ?? describe(value)
        case "X":
            return Self.integer(value).map { directive.digits($0, radix: 16, prefix: "0x").uppercased() }
                ?? describe(value)
        case "o": return Self.integer(value).map { directive.digits($0, radix: 8, prefix: "0") } ?? describe(value)
        case "b": return Self.integer(value).map { directive.digits($0, radix: 2, prefix: "0b") } ?? describe(value)
        case "c":
            guard let code = Self.integer(value).flatMap({ UInt32(exactly: $0) }).flatMap(Unicode.Scalar.init) else {
                return describe(value)
            }
            return String(code)
        case "f", "F", "e", "E", "g", "G":
            guard let number = Self.double(value) else { return describe(value) }
            return directive.signed(directive.decimal(number))
        default:
            let text = describe(value)
            return directive.precision.map { String(text.prefix($0)) } ?? text
        }
    }

    private static func integer(_ value: Any?) -> Int128? {
        switch value {
        case let number as any BinaryInteger: Int128(exactly: number)
        case let number as any BinaryFloatingPoint: Int128(exactly: Double(number).rounded(.towardZero))
        case let flag as Bool: flag ? 1 : 0
        case let text as String: Int128(text)
        default: nil
        }
    }

    private static func double(_ value: Any?) -> Double? {
        switch value {
        case let number as any BinaryFloatingPoint: Double(number)
        case let number as any BinaryInteger: Double(number)
        case let text as String: Double(text)
        default: nil
        }
    }
}

/// One `%…`, of which nothing is handed to C but what was checked here.
private struct Directive {
    let source: Substring
    let conversion: Character
    let precision: Int?
    private let flags: Substring
    private let width: Int

    /// Takes a directive off the front of `text`, or nothing when there is none.
    init?(_ text: inout Substring) {
        var rest = text.dropFirst()
        flags = rest.prefix { "-+ 0#".contains($0) }
        rest = rest.dropFirst(flags.count)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        // No field needs more, and a hostile format must not ask for gigabytes.
        width = min(Int(digits) ?? 0, 1000)
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count + 1)
            precision = min(Int(digits) ?? 0, 1000)
        } else {
            precision = nil
        }
        // Lengths say nothing of Swift's values.
        rest = rest.drop { "hlLqjzt".contains($0) }
        guard let conversion = rest.first, "diuxXobcs@vfFeEgG%".contains(conversion) else { return nil }
        self.conversion = conversion
        rest = rest.dropFirst()
        source = text[..<rest.startIndex]
        text = rest
    }

    func padded(_ text: String) -> String {
        let missing = width - text.count
        guard missing > 0 else { return text }
        if flags.contains("-") { return text + String(repeating: " ", count: missing) }
        guard flags.contains("0"), conversion != "s", text.last?.isHexDigit == true else {
            return String(repeating: " ", count: missing) + text
        }
        let sign = text.prefix { "+- ".contains($0) }
        return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }

    func signed(_ text: String) -> String {
        guard !text.hasPrefix("-") else { return text }
        return (flags.contains("+") ? "+" : flags.contains(" ") ? " " : "") + text
    }

    func digits(_ number: Int128, radix: Int, prefix: String) -> String {
        (flags.contains("#") ? prefix : "") + String(number, radix: radix)
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
