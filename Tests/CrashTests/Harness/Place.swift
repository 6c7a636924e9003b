import Servers

/// The kinds of store that every storm passes over.
enum Place: String, Sendable, CaseIterable, CustomStringConvertible {
    case sqlite, postgres

    var description: String { rawValue }

    /// A store that nobody else has, as `--store` takes it: a file in `folder`, or a schema of the tests' own server.
    func freshStore(in folder: String) throws -> String {
        switch self {
        case .sqlite: return "sqlite:\(folder)/jobs.db"
        case .postgres:
            let server = try PostgresServer.shared()
            return server.url("hakobi_schema=\(server.freshSchema())")
        }
    }
}
