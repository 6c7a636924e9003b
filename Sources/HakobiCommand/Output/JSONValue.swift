import HakobiCore

/// One JSON value to print: keys keep the order they are given in, so that the output reads as it is documented.
enum JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// Bytes that are one JSON value already.
    case verbatim([UInt8])

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(nilLiteral: ()) { self = .null }

    static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
    static func optional<Wrapped>(_ value: Wrapped?, _ wrap: (Wrapped) -> JSONValue) -> JSONValue {
        value.map(wrap) ?? .null
    }
    static func text(_ value: some CustomStringConvertible) -> JSONValue { .string(value.description) }
    static func time(_ value: Timestamp?) -> JSONValue { optional(value) { .string(TimeText.write($0)) } }
    /// Seconds with their fraction; every key with a duration ends in `Seconds`.
    static func seconds(_ value: Duration?) -> JSONValue {
        optional(value) { .number(Double($0.wholeMicroseconds) / 1_000_000) }
    }

    /// The value on one line.
    var line: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += Self.text(of: value)
        case .string(let value): Self.quote(value, into: &text)
        case .array(let values): Self.list(values, "[", "]", into: &text) { value, text in value.write(to: &text) }
        case .object(let pairs):
            Self.list(pairs, "{", "}", into: &text) { pair, text in
                Self.quote(pair.0, into: &text)
                text += ":"
                pair.1.write(to: &text)
            }
        // A line break can only be space between tokens: inside a string JSON has it escaped.
        case .verbatim(let bytes):
            text += String(decoding: bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ open: String, _ close: String, into text: inout String,
        _ write: (Element, inout String) -> Void
    ) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            write(element, &text)
        }
        text += close
    }

    /// Whole numbers without a point; JSON has no infinity.
    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func quote(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}": text += "\\u" + TimeText.hex4(scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
