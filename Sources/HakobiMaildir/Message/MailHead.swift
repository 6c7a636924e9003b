/// One field of a mail's head.
public struct MailHeader: Sendable, Hashable {
    /// Its name as it stands there; names are compared without regard to case.
    public let name: String
    /// What follows the colon, byte for byte, with its folding and line ends, without the last one.
    public let rawValue: [UInt8]

    /// Unfolded (RFC 5322 §2.2.3) and without blanks at its ends. Bytes that are no UTF-8 become U+FFFD; `rawValue` has them.
    public var value: String {
        var unfolded: [UInt8] = []
        unfolded.reserveCapacity(rawValue.count)
        for byte in rawValue where byte != 0x0D && byte != 0x0A { unfolded.append(byte) }
        let start = unfolded.firstIndex { $0 != 0x20 && $0 != 0x09 } ?? unfolded.endIndex
        let end = unfolded.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? start
        return String(decoding: unfolded[start..<end], as: UTF8.self)
    }

    init(name: String, rawValue: [UInt8]) {
        self.name = name
        self.rawValue = rawValue
    }

    func isNamed(_ other: String) -> Bool {
        name.utf8.count == other.utf8.count
            && zip(name.utf8, other.utf8).allSatisfy { Self.lower($0) == Self.lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

/// A mail's head as it was read: the fields, and where the body begins.
struct MailHead {
    /// In their order; the same name may come several times.
    private(set) var headers: [MailHeader] = []
    /// The first byte after the empty line; where the bytes end when there is none.
    private(set) var bodyStart = 0
    /// The empty line, or the end of the mail, was there: this is the whole head.
    private(set) var isWhole = false

    /// Reads what is there; `isAll` when the bytes are the whole mail. Lines that are neither a field nor folded end the
    /// head, as they do for mail servers; an mbox's `From ` line before it is passed over.
    init(_ bytes: [UInt8], isAll: Bool) {
        var place = 0
        var open: (name: String, start: Int, end: Int)?
        while let line = Self.line(in: bytes, from: place) {
            let content = bytes[place..<line.end]
            if content.isEmpty {
                (isWhole, bodyStart) = (true, line.next)
                break
            }
            if content.first == 0x20 || content.first == 0x09 {
                open?.end = line.end
            } else if let colon = Self.colon(in: content) {
                close(&open, bytes)
                open = (String(decoding: bytes[place..<colon], as: UTF8.self), colon + 1, line.end)
            } else if place > 0 || !content.starts(with: "From ".utf8) {
                (isWhole, bodyStart) = (true, place)
                break
            }
            place = line.next
            bodyStart = place
        }
        close(&open, bytes)
        if !isWhole, isAll { (isWhole, bodyStart) = (true, bytes.count) }
    }

    /// The first of that name.
    func first(_ name: String) -> MailHeader? { headers.first { $0.isNamed(name) } }

    private mutating func close(_ open: inout (name: String, start: Int, end: Int)?, _ bytes: [UInt8]) {
        guard let field = open else { return }
        headers.append(MailHeader(name: field.name, rawValue: Array(bytes[field.start..<field.end])))
        open = nil
    }

    /// Ends with LF or CR LF; `nil` when the line is not there as a whole.
    private static func line(in bytes: [UInt8], from start: Int) -> (end: Int, next: Int)? {
        guard start < bytes.count, let feed = bytes[start...].firstIndex(of: 0x0A) else { return nil }
        let hasReturn = feed > start && bytes[feed - 1] == 0x0D
        return (hasReturn ? feed - 1 : feed, feed + 1)
    }

    /// A field's name is printable ASCII without a blank (RFC 5322 §3.6.8); blanks before the colon are an old custom.
    private static func colon(in line: ArraySlice<UInt8>) -> Int? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = line[..<colon]
        return !name.isEmpty && name.allSatisfy { (0x21...0x7E).contains($0) } ? colon : nil
    }
}
