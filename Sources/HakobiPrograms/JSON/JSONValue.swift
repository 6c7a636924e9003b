/// One JSON value to write: keys keep the order they are given in, so that the output reads as it is documented.
package enum JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// Bytes that are one JSON value already.
    case verbatim([UInt8])

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(nilLiteral: ()) { self = .null }

    package static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
    package static func optional<Wrapped>(_ value: Wrapped?, _ wrap: (Wrapped) -> JSONValue) -> JSONValue {
        value.map(wrap) ?? .null
    }
    package static func text(_ value: some CustomStringConvertible) -> JSONValue { .string(value.description) }

    /// The value on one line.
    package var line: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value, on one line.
    package func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .number(let value): bytes += Self.text(of: value).utf8
        case .string(let value): Self.quote(value, into: &bytes)
        case .array(let values): Self.list(values, "[", "]", into: &bytes) { value, bytes in value.write(to: &bytes) }
        case .object(let pairs):
            Self.list(pairs, "{", "}", into: &bytes) { pair, bytes in
                Self.quote(pair.0, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                pair.1.write(to: &bytes)
            }
        case .verbatim(let value): Self.splice(value, into: &bytes)
        }
    }

    /// A line break can only be space between tokens: inside a string JSON has it escaped.
    private static func splice(_ value: [UInt8], into bytes: inout [UInt8]) {
        guard value.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return bytes += value }
        bytes += value.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
    }

    private static func list<Element>(
        _ elements: [Element], _ open: Unicode.Scalar, _ close: Unicode.Scalar, into bytes: inout [UInt8],
        _ write: (Element, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(element, &bytes)
        }
        bytes.append(UInt8(ascii: close))
    }

    /// Whole numbers without a point; JSON has no infinity.
    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func quote(_ value: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case 0..<0x20, 0x7F:
                bytes += "\\u00".utf8
                bytes += [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
