internal import Glibc
public import HakobiCore

/// Why a mail could not be read, in one sentence.
public struct MailError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, where, and what would be right.
    public let description: String
}

/// A mail that was opened: its head in memory, its body read from the file as it is asked for.
///
/// ```swift
/// handlers.on(kind: "mail") { payload, context in
///     let mail = try MailMessage(payload)
///     print(mail["Subject"] ?? "no subject")
///     for try await piece in mail.body { digest.update(piece) }
/// }
/// ```
///
/// Nothing is decoded: what the mail server wrote is what is read, 8-bit, ISO-2022-JP and line ends included.
public struct MailMessage: Sendable {
    /// The largest head that is read, in bytes; a mail with a larger one is refused.
    public static let maxHeadBytes = 1 << 20

    /// Where it lies.
    public let path: String
    /// Its size in bytes, head and body.
    public let byteCount: Int
    /// The fields of its head, in their order.
    public let headers: [MailHeader]

    private let file: MailFile
    private let bodyStart: Int

    /// Opens the mail at `path`. Throws when there is none, when it is no file, or when its head is too large.
    public init(path: String) throws(MailError) {
        let file = try MailFile(path)
        let head = try Self.head(of: file)
        self.path = path
        self.file = file
        byteCount = file.byteCount
        headers = head.headers
        bodyStart = head.bodyStart
    }

    /// Opens the mail that a job is. Throws as `init(path:)`, and when the payload is none of a mail.
    public init(_ payload: Payload) throws { self = try MailEnvelope(payload).open() }

    private static func head(of file: MailFile) throws(MailError) -> MailHead {
        var room = 1 << 14
        while true {
            let bytes = try file.read(room, at: 0)
            let head = MailHead(bytes, isAll: bytes.count >= file.byteCount)
            if head.isWhole { return head }
            guard room < maxHeadBytes else {
                throw MailError(
                    description:
                        "the head of \(file.path) has more than \(maxHeadBytes) bytes: no mail server sends such")
            }
            room *= 8
        }
    }

    /// The first field of that name, unfolded; `nil` when there is none.
    public subscript(name: String) -> String? { headers.first { $0.isNamed(name) }?.value }

    /// All fields of that name, unfolded, in their order.
    public func all(_ name: String) -> [String] { headers.filter { $0.isNamed(name) }.map(\.value) }

    /// Bytes in its body.
    public var bodyByteCount: Int { max(0, byteCount - bodyStart) }

    /// The body from its beginning, piece by piece; each loop begins anew.
    public var body: MailBody { MailBody(file: file, place: bodyStart) }

    /// The whole mail, head first, piece by piece: for what wants it as it came.
    public var source: MailBody { MailBody(file: file, place: 0) }

    /// The whole body, when it has at most `limit` bytes; throws a sentence otherwise.
    public func bodyBytes(limit: Int) throws(MailError) -> [UInt8] {
        guard bodyByteCount <= limit else {
            throw MailError(
                description: "the body of \(path) has \(bodyByteCount) bytes; at most \(limit) were asked for: read it "
                    + "piece by piece")
        }
        return try file.read(bodyByteCount, at: bodyStart)
    }
}

/// A mail's bytes, piece by piece: `for try await piece in mail.body`. Blocks while it reads, which handlers may.
public struct MailBody: Sendable, AsyncSequence, AsyncIteratorProtocol {
    let file: MailFile
    var place: Int

    /// The next 64 KiB, or what is left; `nil` at the end.
    public mutating func next() async throws(MailError) -> [UInt8]? { try read() }

    /// The next bytes, at most `count`, where nothing may suspend; `nil` at the end.
    public mutating func read(_ count: Int = 1 << 16) throws(MailError) -> [UInt8]? {
        let bytes = try file.read(Swift.max(1, count), at: place)
        place += bytes.count
        return bytes.isEmpty ? nil : bytes
    }

    /// From where this one stands.
    public func makeAsyncIterator() -> MailBody { self }
}

/// An open file that closes with its last user.
final class MailFile: Sendable {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    init(_ path: String) throws(MailError) {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            throw MailError(description: "the mail \(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        var info = stat()
        guard fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw MailError(description: "\(path) is not a regular file, so it is no mail")
        }
        self.path = path
        descriptor = file
        byteCount = Int(info.st_size)
    }

    deinit { close(descriptor) }

    /// As many bytes as there are there, `count` at most.
    func read(_ count: Int, at place: Int) throws(MailError) -> [UInt8] {
        var number: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(0, min(count, byteCount - place))) { buffer, used in
            while used < buffer.count {
                let got = pread(descriptor, buffer.baseAddress! + used, buffer.count - used, off_t(place + used))
                if got < 0, errno == EINTR { continue }
                if got < 0 { number = errno }
                guard got > 0 else { return }
                used += got
            }
        }
        guard number == 0 else {
            throw MailError(description: "the mail \(path) cannot be read: \(String(cString: strerror(number)))")
        }
        return bytes
    }
}
