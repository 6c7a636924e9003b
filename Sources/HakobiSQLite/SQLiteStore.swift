internal import Dispatch
public import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// Jobs in one SQLite file, which may be the application's own: durable, fast in batches, shared by any number of
/// processes of one host.
///
/// ```swift
/// let store = try SQLiteStore(path: "hakobi.db")
/// ```
///
/// All writes go through one thread that takes whatever has gathered into one transaction; reads have another. Files are
/// made for their owner only. Several stores on one file, in one process or many, are fine; a file used over a network is
/// refused. Programs of neighbouring releases may use one file side by side.
public final class SQLiteStore: Sendable {
    /// The file.
    public let path: String
    let setup: Setup
    let writes = Inbox()
    let reads = Inbox()
    let wake: Wake
    private let threads = ThreadGroup()

    /// Opens the store in `path`, making the file and its tables if they are not there. Blocks for some milliseconds.
    ///
    /// Throws one sentence when the place is unfit (a network file system, a directory), the file cannot be written, is not
    /// a database, is damaged, or has a schema this program does not know. Nothing is changed then.
    public init(path: String, options: SQLiteOptions = SQLiteOptions()) throws(StoreError) {
        self.path = path
        setup = Setup(path: path, options: options)
        try Place.prepare(path, fileSystemType: options.fileSystemType)
        wake = Wake(at: "\(path)-wake")
        do throws(StoreError) {
            try startWriter()
            try startReader()
        } catch {
            writes.close()
            reads.close()
            throw error
        }
    }

    /// Whether there is a file at `path` already. Changes nothing; throws, in one sentence, what is wrong with the place.
    package static func isThere(_ path: String) throws(StoreError) -> Bool {
        try Place.check(path, fileSystemType: Place.fileSystemType)
    }

    deinit {
        wake.close()
        writes.close()
        reads.close()
    }

    /// Ends the threads once what was handed in is done, and closes the file. Later calls fail as unreachable.
    public func close() async {
        wake.close()
        writes.close()
        reads.close()
        await threads.wait()
    }

    private func startWriter() throws(StoreError) {
        let (setup, inbox, wake) = (setup, writes, wake)
        try threads.start { opened throws(StoreError) in
            let (connection, wait) = try setup.openWriter()
            let found = try Schema.find(on: connection)
            try Schema.check(found, operation: "open")
            if setup.options.migratesOnOpen { _ = try Schema.migrate(connection) }
            let writer = Writer(
                inbox: inbox, session: setup.session(on: connection), wait: wait,
                turnstile: Turnstile(in: wake.directoryPath), wake: wake,
                isDurable: setup.options.synchronous == .full)
            opened()
            writer.run()
        }
    }

    private func startReader() throws(StoreError) {
        let (setup, inbox) = (setup, reads)
        try threads.start { opened throws(StoreError) in
            let (connection, wait) = try setup.openReader()
            let reader = Reader(inbox: inbox, session: setup.session(on: connection), wait: wait)
            opened()
            reader.run()
        }
    }
}

extension SQLiteStore: JobStore {
    /// Keeps new jobs, each alone; durable once answered.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        try await writes.submit("insert", mayStay: jobs.count == 1) { session throws(StoreError) in
            try session.insert(jobs)
        }
    }

    /// Takes due jobs: priority, then due time, then order of insertion.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        try await writes.submit("claim", .claim) { session throws(StoreError) in try session.claim(demand) }
    }

    /// Extends or looks at held leases; looks alone write nothing and wait for no writer.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        let inbox = renewals.allSatisfy(\.isLook) ? reads : writes
        return try await inbox.submit("renew") { session throws(StoreError) in try session.renew(renewals) }
    }

    /// Ends attempts under their leases, with follow-ups in the same transaction.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        try await writes.submit("settle", .settle) { session throws(StoreError) in try session.settle(settlements) }
    }

    /// Revokes the leases of the dead.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        try await writes.submit("rescue") { session throws(StoreError) in try session.rescue(request) }
    }
}
