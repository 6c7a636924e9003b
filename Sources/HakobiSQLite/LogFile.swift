internal import GRDBSQLite
internal import Glibc

/// The file of the write-ahead log, to be flushed after a commit that did not.
///
/// A descriptor of our own is safe here: SQLite's locks are on two other files, and the log is there, the same file, as
/// long as a connection is open.
final class LogFile {
    private let descriptor: Int32

    /// `nil` when it cannot be had; commits must flush then.
    init?(of connection: Connection) {
        guard let path = sqlite3_db_filename(connection.handle, "main").map({ String(cString: $0) }) else { return nil }
        descriptor = open(path + "-wal", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Brings to the disk what was written; `false` when the disk would not have it.
    func flush() -> Bool { fdatasync(descriptor) == 0 }
}
