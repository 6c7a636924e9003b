public import HakobiCore
internal import HakobiDatabase

/// A store in a MariaDB database: durable once answered, shared by every process that can reach the server.
///
/// Two connections, each on a thread of its own: one keeps the books (inserts, settlements, renewals, edits), one claims and
/// looks. Whatever gathers while a round trip is under way goes into the next one together.
public final class MySQLStore: Sendable {
    let books: Link
    let take: Link
    let shared: Shared

    /// Opens the store at `mysql://user:password@host:3306/database`; of several hosts with commas between them the first
    /// that may be written is used, after a fail-over too. Options of the URL are `tls` (off, require, verify),
    /// `ca` (a file of certificates), `socket` (a path), and `hakobi_prefix` (what the tables' names begin with).
    ///
    /// Blocks until both connections are there. Throws one sentence when the URL cannot be read, the server cannot be
    /// reached or is too old, or the tables do not fit this program.
    public init(url: String, options: MySQLOptions = MySQLOptions()) throws(StoreError) {
        let address = try MySQLAddress(parsing: url)
        let shared = Shared(options, prefix: address.prefix, wake: Wake(at: address.wakeDirectory))
        self.shared = shared
        let link = LinkOptions(patience: options.patience, idleClose: options.idleClose, logger: options.logger)
        let node = options.node.isEmpty ? "hakobi" : "hakobi \(options.node)"
        let migrates = options.migratesOnOpen
        books = try Link(Connector(address: address, clientName: "\(node) books"), link) {
            Desk(Session(shared), migrates: migrates)
        }
        take = try Link(Connector(address: address, clientName: "\(node) take"), link) {
            Desk(Session(shared), migrates: false)
        }
    }

    /// The URL as it may be shown, without its password; throws one sentence when it cannot be read.
    public static func description(of url: String) throws(StoreError) -> String {
        try MySQLAddress(parsing: url).description
    }

    /// All that `migrate` would do on an empty database, as SQL for the `mariadb` program: for those who let nobody but
    /// their own tools create tables. `url` says with which prefix.
    public static func migrationScript(for url: String) throws(StoreError) -> String {
        Schema.printed(prefix: try MySQLAddress(parsing: url).prefix)
    }

    /// Drops the tables and all jobs in them: for stores that were made to be thrown away.
    package func removeEverything() async throws(StoreError) {
        try await books.perform("remove", needsSchema: false) { session throws(MySQLError) in
            _ = try session.run(session.sql.schema.removeAll)
        }
    }

    /// Ends the threads once what was handed in is done, a second later at most, and closes the connections.
    public func close() async {
        shared.wake.close()
        async let other: Void = take.close()
        await books.close()
        await other
    }
}

/// What a link's thread does; the first connection of the books brings the tables up.
private final class Desk: Rounds {
    private let session: Session
    private var migrates: Bool

    init(_ session: Session, migrates: Bool) {
        self.session = session
        self.migrates = migrates
    }

    func opened(_ connection: Connection) throws(MySQLError) {
        try session.opened(connection)
        guard migrates else { return }
        _ = try Schema.migrate(session)
        migrates = false
    }

    func round(_ tickets: [Ticket<Work>], on connection: Connection) throws(MySQLError) {
        try session.round(tickets, on: connection)
    }
}

extension MySQLStore: JobStore {
    /// Keeps new jobs, each alone, and hints at them. Durable once answered.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        guard !jobs.isEmpty else { return [] }
        return try await books.submit("insert", mayStay: jobs.count == 1) { .insert(jobs, $0) }
    }

    /// Takes due jobs: priority, then due time, then order of insertion.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        try await take.perform("claim") { session throws(MySQLError) in try session.claim(demand) }.get()
    }

    /// Extends or looks at held leases.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        guard !renewals.isEmpty else { return [] }
        return try await books.perform("renew", isTransaction: true) { session throws(MySQLError) in
            try session.renew(renewals)
        }
    }

    /// Ends attempts under their leases.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        settlements.isEmpty ? [] : try await books.submit("settle") { .settle(settlements, $0) }
    }

    /// Revokes the leases of the dead.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        let rescued = try await take.perform("rescue", isTransaction: true) { session throws(MySQLError) in
            try session.rescue(request)
        }
        if !rescued.isEmpty { shared.wake.send() }
        return rescued
    }
}
