internal import HakobiCore
internal import HakobiDatabase

/// From a path to a connection that is fit for work.
struct Setup: Sendable {
    let path: String
    let options: SQLiteOptions

    /// The clock of this store.
    var clock: StoreClock { options.clock ?? .host }

    /// The connection that writes, and how it waits.
    func openWriter() throws(StoreError) -> (Connection, BusyWait) {
        let (connection, wait) = try open()
        try connection.execute(
            Statements.synchronousIs(options.synchronous == .full ? "FULL" : "NORMAL"))
        try connection.run(.checkpointPages)
        return (connection, wait)
    }

    /// A connection that reads.
    func openReader() throws(StoreError) -> (Connection, BusyWait) {
        let (connection, wait) = try open()
        try connection.run(.readOnlyQueries)
        return (connection, wait)
    }

    /// One transaction's worth of work on a connection.
    func session(on connection: Connection) -> Session {
        Session(connection, clock: clock, maxPayloadBytes: options.maxPayloadBytes, boot: options.boot)
    }

    private func open() throws(StoreError) -> (Connection, BusyWait) {
        let connection = try Connection(opening: path)
        let wait = BusyWait(timeout: options.busyTimeout)
        wait.attach(to: connection.handle)
        for setting in [
            Statements.untrustedSchema, .checkCells, .foreignKeysOff, .temporaryStore, .cacheSize,
        ] { try connection.run(setting) }
        try checkWritable(connection)
        let mode = try wait.retry { () throws(StoreError) in
            try connection.prepare(.journalMode).first { row in row.text(0) }
        }
        guard mode == "wal" else {
            throw StoreError(
                .unsuitable, operation: "open",
                "open: \(path) cannot be used by several processes here (journal mode \(mode ?? "none") instead of wal); "
                    + "use a local disk",
                isTransient: false)
        }
        return (connection, wait)
    }

    /// SQLite opens what it may not write for reading, and says nothing until the first write.
    private func checkWritable(_ connection: Connection) throws(StoreError) {
        guard connection.isReadOnly else { return }
        throw StoreError(
            .readOnly, operation: "open",
            "open: \(path) may only be read; a store needs to write it and its directory", isTransient: false)
    }
}
