extension MinimalLog {
    /// A type whose values no log shows: where one would be written, `[redacted]` is.
    public protocol Redacted {}

    /// Keeps a value out of logs, however it is written: in interpolations, as metadata, in dumps.
    ///
    /// ```swift
    /// struct Login { let user: String; let password: MinimalLog.Secret<String> }
    /// ```
    public struct Secret<Value>: Redacted, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        /// The value itself.
        public var value: Value

        /// Wraps a value.
        public init(_ value: Value) { self.value = value }

        /// `[redacted]`
        public var description: String { MinimalLog.redacted }
        /// `[redacted]`
        public var debugDescription: String { MinimalLog.redacted }
        /// Without children.
        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    static let redacted = "[redacted]"

    /// How much of a value a dump shows.
    public struct DumpLimits: Sendable, Equatable {
        /// Levels of values in values; what is deeper is `…`.
        public var depth = 8
        /// Elements of one collection, or properties of one value; of the rest their number.
        public var elements = 100
        /// Bytes of the whole text, about.
        public var bytes = 4096
        /// Properties and keys whose values are `[redacted]`, in lower case, without `_` and `-`.
        public var redactedNames: Set<String> = [
            "password", "passwd", "passphrase", "secret", "token", "accesstoken", "apikey", "authorization", "cookie",
        ]

        /// The limits given above.
        public init() {}
    }
}

extension MinimalLog.Secret: Sendable where Value: Sendable {}
extension MinimalLog.Secret: Equatable where Value: Equatable {}
extension MinimalLog.Secret: Hashable where Value: Hashable {}
