import Glibc
import Logging
import Synchronization

/// One plain line a record: `2026-11-22T21:40:01 INFO message key=value …`, one write(2) a line.
///
/// Lines of several processes on one file stay whole, because an O_APPEND write of one line is not mixed with others.
/// Control characters are made visible, so that no job's text can forge a line.
struct PlainLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(level: Logger.Level) { logLevel = level }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // Bytes, since a line of text is built piece by piece for each job.
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line += Self.timeNow().utf8
        line.append(0x20)
        line += Self.word(event.level).utf8
        line.append(0x20)
        Self.append(event.message.description, to: &line)
        for (key, value) in merged(event.metadata).sorted(by: { $0.key < $1.key }) {
            line.append(0x20)
            line += key.utf8
            line.append(0x3D)
            Self.appendValue(value.description, to: &line)
        }
        line.append(0x0A)
        Output.write(line[...], to: STDERR_FILENO)
    }

    /// The line's own metadata before the provider's before the logger's; most lines have only their own.
    private func merged(_ own: Logger.Metadata?) -> Logger.Metadata {
        let provided = metadataProvider?.get() ?? [:]
        guard !metadata.isEmpty || !provided.isEmpty else { return own ?? [:] }
        return metadata.merging(provided) { _, new in new }.merging(own ?? [:]) { _, new in new }
    }

    private static func word(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO"
        case .notice: "NOTICE"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "CRITICAL"
        }
    }

    private static let clock = Mutex((second: time_t.min, text: ""))

    /// The host's local time: what stands beside it in other logs of the machine. Written once a second, read often.
    private static func timeNow() -> String {
        let now = time(nil)
        return clock.withLock { clock in
            if clock.second != now { clock = (now, text(of: now)) }
            return clock.text
        }
    }

    private static func text(of second: time_t) -> String {
        var second = second
        var parts = tm()
        localtime_r(&second, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }

    private static func appendValue(_ text: String, to line: inout [UInt8]) {
        guard text.isEmpty || text.utf8.contains(where: { $0 == 0x20 || $0 == 0x22 || $0 == 0x3D }) else {
            return append(text, to: &line)
        }
        line.append(0x22)
        append(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""), to: &line)
        line.append(0x22)
    }

    private static func append(_ text: String, to line: inout [UInt8]) {
        var text = text
        let isPlain = text.withUTF8 { bytes in
            guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return false }
            line += bytes
            return true
        }
        if !isPlain { line += visible(text).utf8 }
    }

    private static func visible(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}",
                "\u{2028}", "\u{2029}", "\u{2066}"..."\u{2069}":
                line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}

extension Logger {
    /// The log of this process.
    static func plain(_ level: Logger.Level) -> Logger {
        Logger(label: "hakobi") { _ in PlainLogHandler(level: level) }
    }
}
