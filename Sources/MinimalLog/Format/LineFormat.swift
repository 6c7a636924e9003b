/// `TIME [LEVEL] MESSAGE key=value at FILE line N` and a line feed.
enum LineFormat {
    static func line(_ entry: Entry, at time: Int64, _ settings: MinimalLog.Settings, limit: Int) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        LocalTime.append(time, to: &line)
        line.append(contentsOf: " [".utf8)
        line.append(contentsOf: entry.tag.rawValue.utf8)
        line.append(contentsOf: "] ".utf8)
        if let subject = settings.subject {
            line.append(UInt8(ascii: "["))
            Visible.append(subject, to: &line)
            line.append(contentsOf: "] ".utf8)
        }
        let paint = paint(of: entry.tag, settings)
        paint?.before(&line)
        let start = line.count
        Visible.append(entry.message, keepsWhitespace: !settings.escapesWhitespace, to: &line)
        let end = line.count
        paint?.after(&line)
        for (key, value) in entry.metadata {
            line.append(UInt8(ascii: " "))
            Visible.append(key, to: &line)
            line.append(UInt8(ascii: "="))
            MetadataText.append(value, to: &line)
        }
        appendTrace(of: entry, to: &line)
        line.append(UInt8(ascii: "\n"))
        if line.count > limit { cut(&line, message: start..<end, to: limit) }
        return line
    }

    /// The part of `Module/file.swift` after the last slash.
    static func name(of fileID: String) -> String {
        fileID.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(fileID[fileID.utf8.index(after: $0)...]) } ?? fileID
    }

    private static func paint(of tag: MinimalLog.Tag, _ settings: MinimalLog.Settings) -> MinimalLog.Paint? {
        switch settings.color {
        case .never: nil
        case .always: settings.sink.surface == .file ? nil : settings.palette[tag]
        case .onTerminal: settings.sink.surface == .terminal ? settings.palette[tag] : nil
        }
    }

    private static func appendTrace(of entry: Entry, to line: inout [UInt8]) {
        line.append(contentsOf: " at ".utf8)
        let file = entry.file.utf8
        let name = file.lastIndex(of: UInt8(ascii: "/")).map { file[file.index(after: $0)...] } ?? file[...]
        line.append(contentsOf: name)
        line.append(contentsOf: " line ".utf8)
        line.append(contentsOf: String(entry.line).utf8)
        for caller in entry.callers {
            line.append(contentsOf: ", ".utf8)
            line.append(contentsOf: caller.description.utf8)
        }
    }

    /// Takes from the message first, then from what follows it; the mark says how much.
    private static func cut(_ line: inout [UInt8], message: Range<Int>, to limit: Int) {
        let excess = line.count - limit + markSpace
        if excess <= message.count {
            line.cut(message.upperBound - excess..<message.upperBound)
        } else {
            line.cut(message.lowerBound..<min(line.count - 1, message.lowerBound + excess))
        }
    }

    /// What `…[+18446744073709551615 bytes]` takes, and the rest of a character that was cut in two.
    private static let markSpace = 40
}

extension [UInt8] {
    /// Replaces a part with how much it was, leaving no half characters before and behind.
    fileprivate mutating func cut(_ range: Range<Int>) {
        var start = range.lowerBound
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        var end = range.upperBound
        while end < count, self[end] & 0xC0 == 0x80 { end += 1 }
        replaceSubrange(start..<end, with: "…[+\(end - start) bytes]".utf8)
    }
}
