/// `TIME [LEVEL] [SUBJECT] MESSAGE key=value at FILE line N` and a line feed.
enum LineFormat {
    static func line(_ entry: Entry, at time: Int64, _ settings: MinimalLog.Settings, limit: Int) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        LocalTime.append(time, to: &line)
        line.append(" [")
        line.append(entry.tag.rawValue)
        line.append("] ")
        let subject = line.appending { if let subject = settings.subject { append(subject: subject, to: &$0) } }
        let paint = paint(of: entry.tag, settings)
        paint?.before(&line)
        let message = line.appending {
            Visible.append(entry.message, keepsWhitespace: !settings.escapesWhitespace, to: &$0)
        }
        paint?.after(&line)
        let metadata = line.appending { append(entry.metadata, to: &$0) }
        line.append(" at ")
        line.append(name(of: entry.file))
        line.append(" line ")
        line.append(String(entry.line))
        let callers = line.appending { append(entry.callers, to: &$0) }
        line.append("\n")
        if line.count > limit { line.shorten([subject, message, metadata, callers], to: limit) }
        return line
    }

    /// The part of `Module/file.swift` after the last slash.
    static func name(of fileID: String) -> String {
        fileID.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(fileID[fileID.utf8.index(after: $0)...]) } ?? fileID
    }

    /// What a message is painted with here: nothing where nobody asked for it, nor in a file.
    static func paint(of tag: MinimalLog.Tag, _ settings: MinimalLog.Settings) -> MinimalLog.Paint? {
        switch settings.color {
        case .never: nil
        case .always: settings.sink.surface == .file ? nil : settings.palette[tag]
        case .onTerminal: settings.sink.surface == .terminal ? settings.palette[tag] : nil
        }
    }

    private static func append(subject: String, to line: inout [UInt8]) {
        line.append("[")
        Visible.append(subject, to: &line)
        line.append("] ")
    }

    private static func append(_ metadata: Metadata, to line: inout [UInt8]) {
        for (key, value) in metadata {
            line.append(" ")
            MetadataText.append(key, to: &line)
            line.append("=")
            MetadataText.append(value, to: &line)
        }
    }

    private static func append(_ callers: [MinimalLog.CallSite], to line: inout [UInt8]) {
        for caller in callers {
            line.append(", ")
            Visible.append(caller.description, to: &line)
        }
    }
}

extension [UInt8] {
    /// Where `body` has appended.
    fileprivate mutating func appending(_ body: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = count
        body(&self)
        return start..<count
    }

    /// Cuts what is too long: the second part, which is the message, where that is enough; else from the last to the first.
    fileprivate mutating func shorten(_ parts: [Range<Int>], to limit: Int) {
        let isEnough = parts[1].count > count - limit + Self.markSpace
        for part in isEnough ? [parts[1]] : parts.reversed() where count > limit {
            let excess = Swift.min(part.count, count - limit + Self.markSpace)
            if excess > Self.markSpace { cut(part.upperBound - excess..<part.upperBound) }
        }
    }

    /// What `…[+18446744073709551615 bytes]` takes, and the rest of a character that was cut in two.
    private static var markSpace: Int { 40 }

    /// Replaces a part with how much it was, leaving no half characters before and behind.
    private mutating func cut(_ range: Range<Int>) {
        var start = range.lowerBound
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        replaceSubrange(start..<range.upperBound, with: "…[+\(range.upperBound - start) bytes]".utf8)
    }
}
