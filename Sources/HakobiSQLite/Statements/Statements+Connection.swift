/// How a transaction begins and ends, and what a connection is set to.
extension Statements {
    var connectionText: String {
        switch self {
        // Takes the write lock at the start: a read that turns into a write later could not wait for it.
        case .beginWrite: "BEGIN IMMEDIATE"
        // A snapshot for several reads that must agree.
        case .beginRead: "BEGIN DEFERRED"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        // Answers the mode it got; anything but wal means that the file system cannot share memory.
        case .journalMode: "PRAGMA main.journal_mode = WAL"
        case .readOnlyQueries: "PRAGMA query_only = ON"
        // Asks; the setting itself is `synchronousIs`.
        case .synchronous: "PRAGMA main.synchronous"
        // No statement here needs them, and an application's own setting must not change what a delete costs.
        case .foreignKeysOff: "PRAGMA foreign_keys = OFF"
        case .temporaryStore: "PRAGMA temp_store = MEMORY"
        // 16 MiB: the interior pages of every index at a million rows, and what a checkpoint interval touches.
        case .cacheSize: "PRAGMA main.cache_size = -16384"
        // A checkpoint writes each page once however often it changed: fewer, larger ones cost less under load.
        case .checkpointPages: "PRAGMA main.wal_autocheckpoint = 4000"
        case .untrustedSchema: "PRAGMA trusted_schema = OFF"
        // Notices a damaged page when it is read, instead of misreading it.
        case .checkCells: "PRAGMA cell_size_check = ON"
        // The file behind a caller's connection.
        default:  // databaseFile
            "SELECT file FROM pragma_database_list WHERE name = 'main'"
        }
    }

    /// `PRAGMA synchronous` takes no parameters.
    static func synchronousIs(_ level: String) -> String { "PRAGMA main.synchronous = \(level)" }
}
