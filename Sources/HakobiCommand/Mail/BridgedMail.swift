import Hakobi
import HakobiMaildir

/// The job that a mail becomes in a database: its bytes, its envelope as metadata, and a key by which the same delivery
/// twice is one job.
struct BridgedMail: Sendable {
    let envelope: MailEnvelope
    /// The whole mail as it lies there.
    let bytes: [UInt8]

    /// How long a mail is known to have been carried over: as long as a bridge may be dead between the database's answer
    /// and the mail's removal.
    static let window = Duration.seconds(7 * 86_400)

    func job(id: JobID, kind: Kind, queue: QueueName) throws(InvalidName) -> NewJob {
        NewJob(
            id: id, kind: kind, queue: queue, payload: Payload(bytes, codec: .raw),
            idempotencyKey: IdempotencyKey(try JobKey(key), window: Self.window), metadata: metadata)
    }

    /// A hash of all bytes. A mail server that delivers a mail a second time, as after a crash, writes the same ones; a mail
    /// to another recipient has another Delivered-To, and one sent again has other Received lines. Not of Message-ID
    /// alone: senders make those, and two mails may share one. Where the bytes tell too little, the file's name is a part
    /// of the key, so that each delivery is a job.
    var key: String {
        var hash = ContentHash()
        hash.add(bytes)
        let isTold = envelope.messageID != nil && envelope.recipient != nil
        if !isTold, let name = envelope.path.split(separator: "/").last { hash.add(name.utf8) }
        return "mail:\(hash)"
    }

    /// What the mail server said of it. A value that is no line of text is left to those who read the mail.
    var metadata: [String: String] {
        let fields = [
            "return-path": envelope.returnPath, "delivered-to": envelope.deliveredTo.first,
            "original-to": envelope.originalTo, "message-id": envelope.messageID,
        ]
        return fields.compactMapValues { value in value.flatMap { Self.isLine($0) ? $0 : nil } }
    }

    /// RFC 5322 §2.1.1: a line has at most 998 characters.
    private static func isLine(_ text: String) -> Bool {
        text.utf8.count <= 998 && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }
}

/// FNV-1a of 128 bits (RFC 9923): two mails with the same are not to be expected, and nobody gains by making two of their own.
struct ContentHash: CustomStringConvertible {
    private var value: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt128(byte)) &* 0x100_0000_0000_0000_0000_013B }
    }

    var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
