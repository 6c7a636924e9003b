import Servers

/// The kinds of store that every storm passes over.
enum Place: String, Sendable, CaseIterable, CustomStringConvertible {
    case sqlite, postgres, mariadb

    var description: String { rawValue }

    /// A store that nobody else has, as `--store` takes it: a file in `folder`, or a place on the tests' own server.
    func freshStore(in folder: String) throws -> String {
        switch self {
        case .sqlite: "sqlite:\(folder)/jobs.db"
        case .postgres: try PostgresServer.shared().freshStore()
        case .mariadb: try MariaDBServer.shared().freshStore()
        }
    }
}

/// The kinds of server that a test can have for itself.
enum ServerKind: String, Sendable, CaseIterable, CustomStringConvertible {
    case postgres, mariadb

    var description: String { rawValue }

    /// For storms that say little of one server that they have not said of the other: in a quick run PostgreSQL's alone.
    static let allInSoak: [ServerKind] = Site.isSoak ? allCases : [.postgres]

    func start(isOpen: Bool = false) throws -> any DatabaseServer {
        switch self {
        case .postgres: try PostgresServer(isOpen: isOpen)
        case .mariadb: try MariaDBServer(isOpen: isOpen)
        }
    }
}
