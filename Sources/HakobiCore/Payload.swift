/// What a handler is given: bytes that only the handler understands, and how they were written.
public struct Payload: Sendable, Hashable {
    /// How the bytes were written.
    public struct Codec: Sendable, Hashable, RawRepresentable {
        /// The tag as it is stored, such as `json`.
        public let rawValue: String
        /// Wraps a tag; 1 to 16 ASCII characters, which stores may rely on.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// One JSON value in UTF-8.
        public static let json = Codec(rawValue: "json")
        /// Bytes as the producer gave them.
        public static let raw = Codec(rawValue: "raw")
    }

    /// How the bytes were written.
    public var codec: Codec
    /// The version of that writing, from 1; a newer reader can tell an older writer by it.
    public var version: Int
    /// The content.
    public var bytes: [UInt8]

    /// The given bytes under the given tag.
    public init(_ bytes: [UInt8], codec: Codec = .json, version: Int = 1) {
        self.bytes = bytes
        self.codec = codec
        self.version = version
    }
}
