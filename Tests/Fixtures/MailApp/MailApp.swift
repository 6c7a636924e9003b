import Glibc
import Hakobi
import HakobiCommand
import HakobiMaildir

/// A service whose handler writes down what it was given: a line at its beginning, and one at its end with the body in
/// base64, to the file that MAIL_OUT names. MAIL_NAP_MS is how long it takes.
@main struct MailApp: HakobiApp {
    func register(_ handlers: inout Handlers) {
        handlers.on(Mail.self) { mail, _ in try Notebook.take(mail.envelope) }
        #if SQLite
            handlers.on(kind: "row") { payload, _ in try MailTable.insert(try MailEnvelope(payload)) }
        #endif
        handlers.on(kind: "support") { payload, _ in try Notebook.take(try MailEnvelope(payload)) }
    }
}

enum Notebook {
    static func take(_ envelope: MailEnvelope) throws {
        let name = envelope.path.split(separator: "/").last ?? ""
        write("begun \(name) \(getpid())\n")
        usleep(1000 * (getenv("MAIL_NAP_MS").flatMap { UInt32(String(cString: $0)) } ?? 0))
        let message = try envelope.open()
        let words = [
            "done", String(name), "\(getpid())", envelope.recipient ?? "-", envelope.returnPath ?? "-",
            message["X-Number"] ?? "-", base64(try message.bodyBytes(limit: 1 << 20)),
        ]
        write(words.joined(separator: " ") + "\n")
    }

    /// One write to the end of the file: lines of several processes do not mix.
    private static func write(_ line: String) {
        guard let path = getenv("MAIL_OUT") else { return }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        var line = line
        _ = line.withUTF8 { Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[value >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
