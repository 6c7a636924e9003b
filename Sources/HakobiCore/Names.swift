/// A text that was refused as a name, and why, in one sentence fit to show a user.
public struct InvalidName: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong, where, and what would be right.
    public let description: String
}

/// The stable name that selects a handler: 1 to 100 bytes of UTF-8 without control characters.
///
/// A constant of its own and not a type's name: renaming the type strands nothing.
public struct Kind: Sendable, Hashable, CustomStringConvertible {
    /// The name as it is stored; compared byte by byte.
    public let description: String

    /// Accepts 1 to 100 bytes without control characters.
    public init(_ text: String) throws(InvalidName) {
        try checkName(text, called: "kind", limit: 100)
        description = text
    }

    /// Equal when the bytes are equal; `String` alone would call two spellings of "é" the same.
    public static func == (left: Kind, right: Kind) -> Bool { sameBytes(left.description, right.description) }
}

/// A named lane that workers claim from: 1 to 64 characters of `A-Z a-z 0-9 _ - . : /`.
public struct QueueName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name as it is stored.
    public let description: String

    /// Accepts 1 to 64 characters of `A-Z a-z 0-9 _ - . : /`: what fits a flag, a URL and a log line unquoted.
    public init(_ text: String) throws(InvalidName) {
        try checkName(text, called: "queue name", limit: 64)
        if let odd = text.unicodeScalars.first(where: { !Self.allows($0) }) {
            throw InvalidName(
                description: "queue name \"\(text)\" holds \"\(odd)\": use A-Z a-z 0-9 _ - . : / only")
        }
        description = text
    }

    private init(known: String) { description = known }

    /// The queue a job goes to when nobody says otherwise.
    public static let `default` = QueueName(known: "default")

    /// Queues sort by their bytes.
    public static func < (left: QueueName, right: QueueName) -> Bool { left.description < right.description }

    private static func allows(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", ":", "/": true
        default: false
        }
    }
}

/// The text of an idempotency key or a unique key: 1 to 255 bytes of UTF-8 without NUL, compared byte by byte.
public struct JobKey: Sendable, Hashable, CustomStringConvertible {
    /// The key as it is stored.
    public let description: String

    /// Accepts 1 to 255 bytes without NUL.
    public init(_ text: String) throws(InvalidName) {
        guard !text.utf8.contains(0) else { throw InvalidName(description: "a key must not hold a NUL byte") }
        try checkLength(text, called: "key", limit: 255)
        description = text
    }

    /// Equal when the bytes are equal.
    public static func == (left: JobKey, right: JobKey) -> Bool { sameBytes(left.description, right.description) }
}

private func checkName(_ text: String, called name: String, limit: Int) throws(InvalidName) {
    try checkLength(text, called: name, limit: limit)
    if text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
        throw InvalidName(description: "a \(name) must not hold control characters")
    }
}

private func checkLength(_ text: String, called name: String, limit: Int) throws(InvalidName) {
    let count = text.utf8.count
    guard count > 0 else { throw InvalidName(description: "a \(name) must not be empty") }
    guard count <= limit else {
        throw InvalidName(description: "a \(name) has at most \(limit) bytes; this one has \(count)")
    }
}

/// String equality first, because it is fast and never false for equal bytes; the bytes decide the rest.
private func sameBytes(_ left: String, _ right: String) -> Bool {
    left == right && left.utf8.elementsEqual(right.utf8)
}
