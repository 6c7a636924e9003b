internal import GRDBSQLite
internal import HakobiCore

/// One SQLite connection with its prepared statements; lives on one thread and is never handed to another.
///
/// The raw C interface and not GRDB on the hot paths: a claim or settlement costs about a microsecond of SQLite's own
/// work, and a database queue's hop, a `Row` and a `DatabaseValue` an access would cost more than that.
final class Connection {
    let handle: OpaquePointer
    /// What errors say was being done.
    var operation = "open"
    private let isOurs: Bool
    private var prepared = [OpaquePointer?](repeating: nil, count: Statements.allCases.count)

    /// Opens an existing file.
    init(opening path: String) throws(StoreError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let words = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw StoreError(code, words, operation: "open", path: path)
        }
        self.handle = handle
        isOurs = true
    }

    /// Works on a caller's connection, which stays the caller's.
    init(borrowing handle: OpaquePointer) {
        self.handle = handle
        isOurs = false
    }

    deinit {
        for pointer in prepared { sqlite3_finalize(pointer) }
        if isOurs { sqlite3_close_v2(handle) }
    }

    /// The statement, compiled at its first use and kept.
    func prepare(_ statement: Statements) throws(StoreError) -> Prepared {
        if let pointer = prepared[statement.rawValue] { return Prepared(pointer: pointer, connection: self) }
        let pointer = try compile(statement.text, persistent: true)
        prepared[statement.rawValue] = pointer
        return Prepared(pointer: pointer, connection: self)
    }

    /// Runs a statement that has neither parameters nor rows of interest.
    func run(_ statement: Statements) throws(StoreError) { try prepare(statement).run() }

    /// Runs every statement of a text; for migrations and settings.
    func execute(_ script: String) throws(StoreError) {
        guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Whether the file was opened for reading only, because it may not be written.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// The number of the row that was inserted last.
    var lastInserted: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Rows changed by the last statement.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Rows changed since the connection was opened.
    var allChanges: Int { Int(sqlite3_total_changes(handle)) }

    /// The error the connection has just met.
    func failure() -> StoreError {
        let path = sqlite3_db_filename(handle, "main").map { String(cString: $0) } ?? "the database"
        return StoreError(
            sqlite3_extended_errcode(handle), String(cString: sqlite3_errmsg(handle)), operation: operation, path: path)
    }

    /// SQLite's own count of virtual machine steps since the last call, over all statements: what tests bound.
    func takeSteps() -> Int {
        prepared.reduce(0) { sum, pointer in
            sum + (pointer.map { Int(sqlite3_stmt_status($0, SQLITE_STMTSTATUS_VM_STEP, 1)) } ?? 0)
        }
    }

    private func compile(_ text: String, persistent: Bool) throws(StoreError) -> OpaquePointer {
        var pointer: OpaquePointer?
        let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        guard sqlite3_prepare_v3(handle, text, -1, flags, &pointer, nil) == SQLITE_OK, let pointer else {
            throw failure()
        }
        return pointer
    }
}
