import Logging

/// What a line is made of, before it is one.
struct Entry {
    let tag: MinimalLog.Tag
    let message: String
    /// Sorted by key.
    var metadata: Metadata = []
    /// As `#fileID` gives it: the line shows the part after the last slash.
    let file: String
    let line: UInt
    /// The frames that called the one at `file` and `line`, innermost first; for the verbs that print them.
    var callers: [MinimalLog.CallSite] = []

    init(_ tag: MinimalLog.Tag, _ message: String, file: String, line: UInt) {
        self.tag = tag
        self.message = message
        self.file = file
        self.line = line
    }
}

extension MinimalLog {
    /// A place in the code.
    public struct CallSite: Sendable, Equatable, CustomStringConvertible {
        /// The file's name, without folders.
        public let file: String
        /// Counted from 1.
        public let line: UInt

        /// `sample.swift line 23`
        public var description: String { "\(file) line \(line)" }
    }

    /// A record as hooks get it: everything made visible, nothing that could begin a line of its own.
    public struct Record: Sendable {
        /// Local time, `2011-06-10T17:41:59`.
        public let time: String
        /// What it is.
        public let tag: Tag
        /// The message, perhaps in colour.
        public let message: String
        /// The message without colour.
        public let rawMessage: String
        /// Where it comes from, `sample.swift line 23`; for stack traces all places, innermost first, after commas.
        public let trace: String
        /// What all lines there are about, if anything.
        public let subject: String?
        /// Key and value as the line shows them, in order.
        public let metadata: [(key: String, value: String)]

        /// `2011-06-10T17:41:59 [ERROR] Flying Saucer at sample.swift line 23`, without a line feed.
        public var line: String {
            let about = subject.map { "[\($0)] " } ?? ""
            let pairs = metadata.map { " \($0.key)=\($0.value)" }.joined()
            return "\(time) [\(tag.rawValue)] \(about)\(message)\(pairs) at \(trace)"
        }

        init(_ entry: Entry, _ settings: Settings, colored: Bool) {
            time = LocalTime.text(settings.clock?() ?? LocalTime.now())
            tag = entry.tag
            rawMessage = Visible.text(entry.message, keepsWhitespace: !settings.escapesWhitespace)
            if colored, let paint = LineFormat.paint(of: entry.tag, settings) {
                var bytes: [UInt8] = []
                paint.before(&bytes)
                bytes.append(rawMessage)
                paint.after(&bytes)
                message = String(decoding: bytes, as: UTF8.self)
            } else {
                message = rawMessage
            }
            let places = [CallSite(file: LineFormat.name(of: entry.file), line: entry.line)] + entry.callers
            trace = places.map(\.description).joined(separator: ", ")
            subject = settings.subject.map { Visible.text($0) }
            metadata = entry.metadata.map { key, value in
                var name: [UInt8] = []
                MetadataText.append(key, to: &name)
                var text: [UInt8] = []
                MetadataText.append(value, to: &text)
                return (String(decoding: name, as: UTF8.self), String(decoding: text, as: UTF8.self))
            }
        }
    }
}
