/// One SQL statement with its values, for any client library.
public struct MySQLStatement: Sendable, Hashable {
    /// A value for a question mark; `nil` for NULL.
    public enum Bind: Sendable, Hashable {
        /// To be sent as text in UTF-8.
        case text(String?)
        /// To be sent as `bigint`.
        case int(Int64?)
        /// To be sent as `blob`.
        case bytes([UInt8]?)
    }

    /// The text, with a question mark for each parameter.
    public var sql: String
    /// The parameters, in order.
    public var binds: [Bind]

    init(_ sql: String, _ binds: [Bind]) {
        self.sql = sql
        self.binds = binds
    }
}
