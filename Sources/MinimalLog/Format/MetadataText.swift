import Logging

/// By key, in order.
typealias Metadata = [(key: String, value: Logger.MetadataValue)]

extension Logger.Metadata {
    /// Adds what the logger of the task (`withLogger` of swift-log) knows, so that a request's or a job's lines can be found
    /// whoever wrote them. What is here already goes before it.
    mutating func addTasks() {
        for (key, value) in Logger.current.handler.metadata where self[key] == nil { self[key] = value }
    }

    /// As lines have them.
    var inOrder: Metadata { sorted { $0.key < $1.key } }
}

/// A metadata value on a line: bare where that is clear, else in quotes; dictionaries by key.
enum MetadataText {
    static func append(_ value: Logger.MetadataValue, isInner: Bool = false, to line: inout [UInt8]) {
        switch value {
        case .string(let text): append(text, isInner: isInner, to: &line)
        case .stringConvertible(let value): append(value.description, isInner: isInner, to: &line)
        case .array(let values):
            line.append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(",") }
                append(value, isInner: true, to: &line)
            }
            line.append("]")
        case .dictionary(let values):
            line.append("{")
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(",") }
                append(key, isInner: true, to: &line)
                line.append(":")
                append(value, isInner: true, to: &line)
            }
            line.append("}")
        }
    }

    static func append(_ text: String, isInner: Bool = false, to line: inout [UInt8]) {
        let needsQuotes = text.isEmpty || text.utf8.contains { isMark($0) || isInner && isInnerMark($0) }
        guard needsQuotes else { return Visible.append(text, to: &line) }
        line.append("\"")
        // Pieces between quotes and backslashes, which are escaped here; all else Visible takes care of.
        var rest = text[...]
        while let index = rest.utf8.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            Visible.append(String(rest[..<index]), to: &line)
            line.append("\\")
            line.append(rest.utf8[index])
            rest = rest[rest.utf8.index(after: index)...]
        }
        Visible.append(String(rest), to: &line)
        line.append("\"")
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "=")
            || byte == UInt8(ascii: "\\")
    }

    private static func isInnerMark(_ byte: UInt8) -> Bool { "[]{},:".utf8.contains(byte) }
}
