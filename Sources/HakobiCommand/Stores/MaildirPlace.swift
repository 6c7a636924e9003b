import Hakobi
import HakobiMaildir

/// One Maildir as written, `maildir:PATH?queue=mail&done=cur` or `KIND=PATH?queue=mail`: where it is and what its mails are.
struct MaildirPlace: Sendable, Hashable, CustomStringConvertible {
    let mailbox: Mailbox
    let description: String

    var path: String { mailbox.path }

    /// Options of one Maildir.
    static let options = ["queue", "done", "max-size", "max-failures"]

    init(path: String, _ options: [String: String], kind: Kind?, description: String) throws(Unreadable) {
        try Self.check(path)
        var mailbox = Mailbox(path: path, kind: kind)
        let reader = OptionReader(scheme: .maildir, options: options)
        mailbox.queue = try reader.read("queue", Reading.queue) ?? mailbox.queue
        mailbox.completed = try reader.read("done", Self.completed) ?? mailbox.completed
        mailbox.maxMailBytes = try reader.read("max-size", Self.size) ?? mailbox.maxMailBytes
        mailbox.maxFailures = try reader.read("max-failures", Self.failures) ?? mailbox.maxFailures
        self.mailbox = mailbox
        self.description = description
    }

    /// `KIND=PATH`, a further Maildir of a service.
    init(reading text: String) throws(Unreadable) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].contains("?") else {
            throw Unreadable("a Maildir is given as KIND=PATH, such as support=/srv/mail/support")
        }
        let kind = try Reading.kind(parts[0].trimmed)
        let (path, options) = try StoreLocation.parts(of: parts[1], of: .maildir, among: Self.options)
        try self.init(path: path, options, kind: kind, description: text)
    }

    /// The folder alone, as `maildir deliver` and `maildir bridge` are given it. What `--store` takes would be another folder,
    /// whose mails nobody looks for.
    static func folder(_ text: String) throws(Unreadable) -> String {
        let path = text.trimmingPrefix("maildir:").prefix { $0 != "?" }
        guard !path.isEmpty else { throw Unreadable("a Maildir needs a path, such as /srv/mail/jobs") }
        guard path == text else { throw Unreadable("write the folder alone, \(path)") }
        return text
    }

    private static func completed(_ text: String) throws(Unreadable) -> Mailbox.Completed {
        try Reading.choice(text, of: ["remove", "cur"]) == "cur" ? .kept : .removed
    }

    private static func size(_ text: String) throws(Unreadable) -> Int {
        let size = try SizeText.read(text)
        guard size > 0 else { throw Unreadable("must be 1 byte or more") }
        return Int(size)
    }

    private static func failures(_ text: String) throws(Unreadable) -> Int { try Reading.count(text, from: 1) }

    /// Refuses what would be another folder, or none, than was meant.
    private static func check(_ path: String) throws(Unreadable) {
        guard !path.isEmpty else { throw Unreadable("a Maildir needs a path, such as maildir:/srv/mail/jobs") }
        guard !path.hasPrefix("//") else {
            let rest = path.drop { $0 == "/" }
            throw Unreadable("a Maildir has no host: write /\(rest) for a folder at the root")
        }
        let folders = path.split(separator: "/")
        guard let last = folders.last, last.hasPrefix("."), last != ".", last != ".." else { return }
        throw Unreadable(
            "\(last) is a folder of somebody's mail (Maildir++), whose reader moves mails about: name a Maildir of its own"
        )
    }
}

/// Reads a URL's options one after the other.
struct OptionReader {
    let scheme: StoreScheme
    let options: [String: String]

    /// `nil` when it was not written.
    func read<Value>(_ name: String, _ read: (String) throws(Unreadable) -> Value) throws(Unreadable) -> Value? {
        guard let text = options[name] else { return nil }
        do throws(Unreadable) { return try read(text) } catch {
            throw Unreadable("\(scheme.rawValue): \(name) is \"\(text)\": \(error)")
        }
    }
}
