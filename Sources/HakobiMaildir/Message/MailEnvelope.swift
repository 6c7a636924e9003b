internal import FoundationEssentials
public import HakobiCore

/// What a mail's job carries: where the mail lies, and who it is from and for. Never its bytes, which may be many.
///
/// The addresses are those the mail server wrote at delivery; those of `From` and `To` are the sender's own words.
public struct MailEnvelope: Sendable, Hashable, Codable {
    /// The mail's file. It stays there as long as the attempt lasts.
    public var path: String
    /// Its size.
    public var bytes: Int
    /// `Return-Path`, without angle brackets: empty for a bounce, `nil` when the server wrote none.
    public var returnPath: String?
    /// `Delivered-To`, the last delivery first.
    public var deliveredTo: [String]
    /// `X-Original-To`: the address before aliases and forwards, where the server (Postfix) writes it.
    public var originalTo: String?
    /// `Message-ID` with its brackets. Senders make it, so it may be missing, and two mails of one sender may share it.
    public var messageID: String?

    /// A mail at `path`; made by the store.
    public init(
        path: String, bytes: Int, returnPath: String? = nil, deliveredTo: [String] = [], originalTo: String? = nil,
        messageID: String? = nil
    ) {
        self.path = path
        self.bytes = bytes
        self.returnPath = returnPath
        self.deliveredTo = deliveredTo
        self.originalTo = originalTo
        self.messageID = messageID
    }

    init(path: String, bytes: Int, head: MailHead) {
        func value(_ name: String) -> String? { head.first(name)?.value }
        self.init(
            path: path, bytes: bytes, returnPath: value("Return-Path").map(Self.bare),
            deliveredTo: head.headers.filter { $0.isNamed("Delivered-To") }.map { Self.bare($0.value) },
            originalTo: value("X-Original-To").map(Self.bare), messageID: value("Message-ID"))
    }

    /// The address that was written to: before aliases where the server tells, else as delivered.
    public var recipient: String? { originalTo ?? deliveredTo.first }

    /// What the recipient's local part has after `delimiter`: `sales` of `box+sales@example.org`.
    public func subaddress(delimiter: Character = "+") -> String? {
        guard let local = recipient?.split(separator: "@", omittingEmptySubsequences: false).first,
            let place = local.firstIndex(of: delimiter)
        else { return nil }
        return String(local[local.index(after: place)...])
    }

    /// A key for what is done once for this mail, however often it is handled or delivered again: its `Message-ID` and
    /// recipient; the name of its file when it has no `Message-ID`, an empty one, or one that is too long for a key.
    public var key: JobKey? {
        let told = messageID.flatMap { $0.isEmpty ? nil : "\($0) \(recipient ?? "")" }
        let file = path.split(separator: "/").last.map(String.init)
        return [told, file].lazy.compactMap { $0 }.compactMap(Self.key).first
    }

    private static func key(_ text: String) -> JobKey? {
        do throws(InvalidName) { return try JobKey(text) } catch { return nil }
    }

    /// Opens the mail: its fields, and its body piece by piece.
    public func open() throws(MailError) -> MailMessage { try MailMessage(path: path) }

    private static func bare(_ address: String) -> String {
        address.hasPrefix("<") && address.hasSuffix(">") ? String(address.dropFirst().dropLast()) : address
    }

    /// As a job's payload.
    func payload() throws -> Payload {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Payload(Array(try encoder.encode(self)))
    }

    /// Reads a mail's job; for handlers that are registered by a kind's name.
    public init(_ payload: Payload) throws {
        self = try JSONDecoder().decode(MailEnvelope.self, from: Data(payload.bytes))
    }
}

/// A job that a mail is. For Maildirs whose kind is not `mail`:
///
/// ```swift
/// struct SupportMail: MailJob {
///     static let kind = "support-mail"
///     let envelope: MailEnvelope
/// }
/// ```
public protocol MailJob: Job {
    /// Where the mail is, and who it is from and for.
    var envelope: MailEnvelope { get }
    /// The job of a mail.
    init(envelope: MailEnvelope)
}

extension MailJob {
    /// Opens the mail: its fields, and its body piece by piece.
    public func open() throws(MailError) -> MailMessage { try envelope.open() }

    /// The payload is the envelope itself.
    public init(from decoder: any Decoder) throws { self.init(envelope: try MailEnvelope(from: decoder)) }

    /// The payload is the envelope itself.
    public func encode(to encoder: any Encoder) throws { try envelope.encode(to: encoder) }
}

/// A mail of a Maildir that was given no kind of its own.
public struct Mail: MailJob {
    /// `mail`.
    public static let kind = "mail"
    /// Where the mail is, and who it is from and for.
    public let envelope: MailEnvelope

    /// The job of a mail.
    public init(envelope: MailEnvelope) { self.envelope = envelope }
}
