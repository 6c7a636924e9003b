internal import HakobiCore

/// The queues that are paused: an empty file each, so that every process sees them.
struct Pauses {
    private var known: Set<QueueName> = []
    private var lookedAt: Files.Moment?

    /// Read again only when the folder has changed, or may have.
    mutating func queues(in folder: MailboxFolder) throws(FileTrouble) -> Set<QueueName> {
        let path = folder.file("paused")
        let changed = Files.changedAt(path)
        if let changed, changed == lookedAt { return known }
        lookedAt = changed?.isSettled == true ? changed : nil
        var queues: Set<QueueName> = []
        for name in try Files.names(in: path) {
            // A file of somebody else's pauses nothing.
            do throws(InvalidName) { queues.insert(try QueueName(FileNames.text(of: name))) } catch { continue }
        }
        known = queues
        return queues
    }

    mutating func set(_ queue: QueueName, isPaused: Bool, in folder: MailboxFolder) throws(FileTrouble) {
        lookedAt = nil
        let path = folder.file("paused", FileNames.name(for: queue.description))
        guard isPaused else { return _ = try Files.remove(path) }
        try Files.mark(path)
    }
}

/// Any text as a file's name, and back: percent-encoded as in URLs.
enum FileNames {
    static func name(for text: String) -> String {
        var name = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default: name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return name
    }

    static func text(of name: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
