/// A statement's text. Only numbers and other such texts can be put into one: everything that a caller wrote is bound.
struct SQL: Sendable, ExpressibleByStringInterpolation {
    var text: String

    init(stringLiteral value: String) { text = value }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    private init(checked text: String) { self.text = text }

    /// A name that has been checked to be one.
    static func name(_ identifier: String) -> SQL { SQL(checked: identifier) }

    /// A script that was read at build time.
    static func script(_ text: String) -> SQL { SQL(checked: text) }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ number: some FixedWidthInteger) { text += String(number) }
        mutating func appendInterpolation(_ sql: SQL) { text += sql.text }

        /// Numbers with commas between them; there must be some.
        mutating func appendInterpolation(list: some Sequence<Int64>) {
            var isFirst = true
            for number in list {
                if !isFirst { text += "," }
                isFirst = false
                text += String(number)
            }
        }

        /// Texts with something between them.
        mutating func appendInterpolation(_ parts: [SQL], separator: String) {
            text += parts.map(\.text).joined(separator: separator)
        }

        /// Rows of numbers as a JSON text, for JSON_TABLE.
        mutating func appendInterpolation(json rows: some Sequence<[Int64]>) {
            text += "'["
            var isFirst = true
            for row in rows {
                text += isFirst ? "[" : ",["
                isFirst = false
                for (index, number) in row.enumerated() {
                    if index > 0 { text += "," }
                    text += String(number)
                }
                text += "]"
            }
            text += "]'"
        }
    }
}

/// A statement that the server prepares once a connection; what the caller wrote takes the places of its question marks.
struct Prepared: Sendable {
    let text: String
    init(_ sql: SQL) { text = sql.text }
}
