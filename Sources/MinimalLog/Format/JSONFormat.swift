import Logging

/// One JSON object and a line feed: `time` (UTC), `level`, `message`, `subject`, metadata by key, `file`, `line`, `callers`.
enum JSONFormat {
    /// Metadata with one of these names get an underscore before it, so that no key is there twice.
    static let ownKeys: Set<String> = ["time", "level", "message", "subject", "file", "line", "callers", "cut"]

    static func line(_ entry: Entry, at time: Int64, _ settings: MinimalLog.Settings, limit: Int) -> [UInt8] {
        let line = object(entry, at: time, settings, cut: nil)
        guard line.count > limit else { return line }
        // A byte takes six at most; metadata go, since nothing else is known of their sizes.
        var short = Entry(entry.tag, entry.message, file: entry.file, line: entry.line)
        short.callers = Array(entry.callers.prefix(8))
        return object(short, at: time, settings, cut: max(0, (limit - 1024) / 6))
    }

    private static func object(
        _ entry: Entry, at time: Int64, _ settings: MinimalLog.Settings, cut: Int?
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(320)
        line.append("{\"time\":\"")
        LocalTime.appendUTC(time, to: &line)
        line.append("\",\"level\":\"")
        line.append(entry.tag.rawValue)
        line.append("\",\"message\":")
        append(cut.map { String(decoding: entry.message.utf8.prefix($0), as: UTF8.self) } ?? entry.message, to: &line)
        if cut != nil { line.append(",\"cut\":true") }
        if let subject = settings.subject {
            appendKey("subject", to: &line)
            append(cut.map { String(decoding: subject.utf8.prefix($0 / 8), as: UTF8.self) } ?? subject, to: &line)
        }
        for (key, value) in entry.metadata {
            appendKey(ownKeys.contains(key) ? "_" + key : key, to: &line)
            append(value, to: &line)
        }
        appendKey("file", to: &line)
        append(LineFormat.name(of: entry.file), to: &line)
        appendKey("line", to: &line)
        line.append(String(entry.line))
        appendCallers(of: entry, to: &line)
        line.append("}\n")
        return line
    }

    private static func appendCallers(of entry: Entry, to line: inout [UInt8]) {
        guard !entry.callers.isEmpty else { return }
        appendKey("callers", to: &line)
        append(.array(entry.callers.map { .string($0.description) }), to: &line)
    }

    private static func appendKey(_ key: String, to line: inout [UInt8]) {
        line.append(",")
        append(key, to: &line)
        line.append(":")
    }

    /// Numbers and truth values as such: they are all that a program would calculate with.
    private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): append(text, to: &line)
        case .stringConvertible(let value):
            switch value {
            case is any FixedWidthInteger, is Bool: line.append(value.description)
            case let number as any BinaryFloatingPoint where Double(number).isFinite:
                line.append(value.description)
            default: append(value.description, to: &line)
            }
        case .array(let values):
            line.append("[")
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(",") }
                append(value, to: &line)
            }
            line.append("]")
        case .dictionary(let values):
            line.append("{")
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(",") }
                append(key, to: &line)
                line.append(":")
                append(value, to: &line)
            }
            line.append("}")
        }
    }

    static func append(_ text: String, to line: inout [UInt8]) {
        line.append("\"")
        var text = text
        text.withUTF8 { bytes in
            if Visible.isPlain(bytes), !bytes.contains(where: { $0 == 0x22 || $0 == 0x5C }) {
                line.append(contentsOf: bytes)
            } else {
                Visible.forEachPart(of: bytes) { append($0, to: &line) }
            }
        }
        line.append("\"")
    }

    private static func append(_ part: Visible.Part, to line: inout [UInt8]) {
        guard case .scalar(let scalar, let encoded) = part else { return line.append("\u{FFFD}") }
        switch scalar {
        case "\"", "\\":
            line.append("\\")
            line.append(contentsOf: encoded)
        case "\n": line.append("\\n")
        case "\r": line.append("\\r")
        case "\t": line.append("\\t")
        case _ where Visible.isHidden(scalar):
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                line.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
            }
        default: line.append(contentsOf: encoded)
        }
    }
}
