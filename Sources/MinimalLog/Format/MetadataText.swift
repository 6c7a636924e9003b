import Logging

/// A metadata value on a line: bare where that is clear, else in quotes; dictionaries by key.
enum MetadataText {
    static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): append(text, to: &line)
        case .stringConvertible(let value): append(value.description, to: &line)
        case .array(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let values):
            line.append(UInt8(ascii: "{"))
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(key, to: &line)
                line.append(UInt8(ascii: ":"))
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ text: String, to line: inout [UInt8]) {
        guard text.isEmpty || text.utf8.contains(where: needsQuotes) else { return Visible.append(text, to: &line) }
        line.append(UInt8(ascii: "\""))
        // Pieces between quotes and backslashes, which are escaped here; all else Visible takes care of.
        var piece = text.utf8.startIndex
        for index in text.utf8.indices where text.utf8[index] == 0x22 || text.utf8[index] == 0x5C {
            Visible.append(String(text[piece..<index]), to: &line)
            line.append(UInt8(ascii: "\\"))
            line.append(text.utf8[index])
            piece = text.utf8.index(after: index)
        }
        Visible.append(piece == text.startIndex ? text : String(text[piece...]), to: &line)
        line.append(UInt8(ascii: "\""))
    }

    /// Space, quote, `=`, backslash.
    private static func needsQuotes(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x22 || byte == 0x3D || byte == 0x5C
    }
}
