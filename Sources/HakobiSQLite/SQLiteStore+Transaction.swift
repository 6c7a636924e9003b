internal import CHakobi
public import GRDB
internal import GRDBSQLite
internal import Glibc
public import HakobiCore
internal import HakobiDatabase

extension SQLiteStore {
    /// Keeps new jobs inside the caller's own GRDB transaction on this store's file: they are there if and only if it
    /// commits, and workers hear of them then.
    ///
    /// ```swift
    /// try await database.write { db in
    ///     try order.insert(db)
    ///     _ = try store.insert([try NewJob(SendReceipt(order: order.id), …)], in: db)
    /// }
    /// ```
    ///
    /// Throws a `StoreError`, having written nothing of its own, when `db` is outside a transaction, belongs to another
    /// file, or commits less durably than this store promises (see `makeDurable(_:)`), unless `allowingWeakDurability`.
    /// After an error from SQLite itself roll back: the transaction may hold part of a job. Runs on the caller's
    /// connection and thread; a connection made with `fair(_:)` shares the file well with workers.
    public func insert(
        _ jobs: [NewJob], in db: GRDB.Database, allowingWeakDurability: Bool = false
    ) throws -> [Insertion] {
        guard let handle = db.sqliteConnection, db.isInsideTransaction else {
            throw StoreError.unfit("the database is outside a transaction; begin one, or use insert without it")
        }
        let connection = Connection(borrowing: handle)
        connection.operation = "insert"
        try checkFile(of: connection)
        if !allowingWeakDurability { try checkDurability(of: connection) }
        let session = setup.session(on: connection)
        try session.beginRound()
        session.begin("insert")
        let answers = try session.insert(jobs)
        try session.endRound()
        if session.hasNews { db.afterNextTransaction { [wake] _ in wake.send() } }
        return answers
    }

    /// Makes `database` commit as durably as this store promises, which `insert(_:in:)` asks for.
    ///
    /// A GRDB pool commits at `NORMAL` of its own accord, and no setting can be changed inside a transaction: call this
    /// once, after opening. Blocks while another write of the same pool is under way.
    public func makeDurable(_ database: some DatabaseWriter) throws {
        try database.writeWithoutTransaction { db in
            guard let handle = db.sqliteConnection else { return }
            let level = setup.options.synchronous == .full ? "FULL" : "NORMAL"
            try Connection(borrowing: handle).execute(Statements.synchronousIs(level))
        }
    }

    /// `configuration` with a wait for the write lock that shares a file fairly with workers.
    ///
    /// SQLite's own busy timeout sleeps up to 100 ms between looks and may wait as long as the workers have work.
    public static func fair(_ configuration: Configuration, timeout: Duration = .seconds(30)) -> Configuration {
        var configuration = configuration
        let limit = timeout.wholeMicroseconds
        configuration.busyMode = .callback { times in
            // A nap has 1 ms on average, so the count tells the time well enough.
            guard Int64(times) * 1000 < limit else { return false }
            usleep(UInt32.random(in: 50...2000))
            return true
        }
        return configuration
    }

    /// The same file, whatever names lead to it.
    private func checkFile(of connection: Connection) throws(StoreError) {
        let theirs = sqlite3_db_filename(connection.handle, "main").map { String(cString: $0) } ?? ""
        var (mine, other) = (stat(), stat())
        guard stat(path, &mine) == 0, stat(theirs, &other) == 0, mine.st_dev == other.st_dev,
            mine.st_ino == other.st_ino
        else {
            throw .unfit(
                "the transaction is on \(theirs.isEmpty ? "a database in memory" : theirs), this store is in \(path); "
                    + "use a connection to the same file")
        }
    }

    private func checkDurability(of connection: Connection) throws(StoreError) {
        let wanted = setup.options.synchronous == .full ? 2 : 1
        let level = try connection.prepare(.synchronous).first { row in Int(row.int(0)) } ?? 0
        guard level < wanted else { return }
        throw .unfit(
            "this connection's PRAGMA synchronous is \(Self.word(level)), below this store's \(Self.word(wanted)): a power "
                + "cut could lose an acknowledged job; call makeDurable(_:) on it once, or allow weak durability")
    }

    private static func word(_ level: Int) -> String { ["OFF", "NORMAL", "FULL", "EXTRA"][min(3, max(0, level))] }
}

extension StoreError {
    fileprivate static func unfit(_ sentence: String) -> StoreError {
        StoreError(.unsuitable, operation: "insert", "insert: \(sentence)", isTransient: false)
    }
}
