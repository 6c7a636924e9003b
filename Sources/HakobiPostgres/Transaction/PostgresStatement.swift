/// One SQL statement with its values, for any client library.
public struct PostgresStatement: Sendable, Hashable {
    /// A value for `$1`, `$2`, …; `nil` for NULL.
    public enum Bind: Sendable, Hashable {
        /// To be sent as `text`.
        case text(String?)
        /// To be sent as `bigint`.
        case int8(Int64?)
        /// To be sent as `bytea`.
        case bytea([UInt8]?)
    }

    /// The text; its parameters are numbered from 1.
    public var sql: String
    /// The parameters, in order.
    public var binds: [Bind]

    init(_ sql: String, _ binds: [Bind]) {
        self.sql = sql
        self.binds = binds
    }
}
