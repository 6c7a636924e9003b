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
    private var text: [UInt8] = []

    /// - Parameter describe: how a value is written for `%s`.
    static func text(_ format: String, _ arguments: ArraySlice<Any?>, describe: (Any?) -> String) -> String {
        withoutActuallyEscaping(describe) { describe in
            var printf = Printf(describe: describe, arguments: arguments)
            printf.text.reserveCapacity(128)
            var format = format
            format.withUTF8 { printf.write($0) }
            return String(decoding: printf.text, as: UTF8.self)
        }
    }

    private init(describe: @escaping (Any?) -> String, arguments: ArraySlice<Any?>) {
        self.describe = describe
        self.arguments = arguments
    }

    private mutating func write(_ format: UnsafeBufferPointer<UInt8>) {
        var position = 0
        while let percent = format[position...].firstIndex(of: UInt8(ascii: "%")) {
            text += format[position..<percent]
            guard let directive = Directive(format[percent...]) else {
                text.append("%")
                position = percent + 1
                continue
            }
            position = directive.end
            if directive.conversion == "%" {
                text.append("%")
            } else if let value = arguments.popFirst() {
                write(value, directive)
            } else {
                text += format[percent..<position]
            }
        }
        text += format[position...]
        guard !arguments.isEmpty else { return }
        text += " (left over: \(arguments.map(describe).joined(separator: ", ")))".utf8
    }

    private mutating func write(_ value: Any?, _ directive: Directive) {
        // Nearly all there are.
        if directive.isBare {
            if let number = value as? Int, directive.conversion == "d" { return text += String(number).utf8 }
            if let string = value as? String { return text += string.utf8 }
        }
        text += directive.padded(written(value, directive)).utf8
    }

    private func written(_ value: Any?, _ directive: Directive) -> String {
        switch directive.conversion {
        case "d", "i", "u": Self.integer(value).map { directive.signed($0.description) } ?? describe(value)
        case "x", "X", "o", "b": Self.integer(value).map(directive.digits) ?? describe(value)
        case "c":
            Self.integer(value).flatMap { UInt32(exactly: $0) }.flatMap(Unicode.Scalar.init).map { String($0) }
                ?? describe(value)
        case "f", "F", "e", "E", "g", "G":
            Self.double(value).map { directive.signed(directive.decimal($0)) } ?? describe(value)
        default: directive.precision.map { String(describe(value).prefix($0)) } ?? describe(value)
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
