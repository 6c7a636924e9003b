internal import GRDBSQLite
internal import HakobiCore

extension StoreError {
    /// What SQLite's code means for whoever called the store.
    ///
    /// An error before the commit leaves nothing behind, because the transaction is rolled back; only a commit that
    /// failed on its way to the disk is unknown, and `Writer` says so.
    init(_ code: Int32, _ words: String, operation: String, path: String) {
        func error(_ reason: Reason, _ sentence: String, transient: Bool) -> StoreError {
            StoreError(reason, operation: operation, "\(operation): \(sentence)", isTransient: transient)
        }
        self =
            switch code & 0xFF {
            case SQLITE_BUSY, SQLITE_LOCKED:
                error(.busy, "\(path) was held by another writer for too long; try again", transient: true)
            case SQLITE_FULL:
                error(.full, "no space is left for \(path); free some and try again", transient: true)
            case SQLITE_READONLY, SQLITE_PERM:
                error(
                    .readOnly, "\(path) may only be read; a store needs to write it and its directory", transient: false
                )
            case SQLITE_CANTOPEN:
                error(.unreachable, "\(path) cannot be opened: \(words)", transient: false)
            case SQLITE_NOTADB:
                error(.corrupt, "\(path) is not a SQLite database; name another file", transient: false)
            case SQLITE_CORRUPT:
                error(.corrupt, "\(path) is damaged (\(words)); restore it from a backup", transient: false)
            case SQLITE_IOERR:
                Self.inputOutput(code, words, path: path, error: error)
            case SQLITE_NOMEM: error(.internal, "out of memory", transient: true)
            default: error(.internal, "SQLite answered \(code): \(words)", transient: false)
            }
    }

    /// Growing the shared index on a full disk is an input/output error to SQLite; to a user it is a full disk.
    private static func inputOutput(
        _ code: Int32, _ words: String, path: String, error: (Reason, String, Bool) -> StoreError
    ) -> StoreError {
        let growing = [10 | 19 << 8, 10 | 18 << 8]  // SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_SHMOPEN: not importable macros
        if growing.contains(Int(code)) {
            return error(.full, "no space is left for \(path); free some and try again", true)
        }
        return error(.unreachable, "reading or writing \(path) failed (\(words), code \(code))", true)
    }

    /// A value in the file that no program of ours writes.
    static func damaged(_ sentence: String, operation: String) -> StoreError {
        StoreError(
            .corrupt, operation: operation, "\(operation): the store is damaged: \(sentence)", isTransient: false)
    }

    /// The same error with another effect.
    func with(_ effect: Effect) -> StoreError {
        StoreError(reason, operation: operation, description, isTransient: isTransient, effect: effect)
    }
}
