public import HakobiCore
internal import HakobiDatabase
internal import Logging
internal import Synchronization

/// Jobs in one schema of a PostgreSQL database (13 or newer): shared by any number of hosts, fast in batches, and open to
/// every client that can run SQL.
///
/// ```swift
/// let store = try await PostgresStore(url: "postgres://app@db.example/shop")
/// ```
///
/// Two connections at most, each on a thread of its own: one for what must be durable, one for claims and looks. They come
/// back by themselves after a restart, a fail-over or a killed session. Time is the server's. Programs of neighbouring
/// releases may use one schema side by side.
public final class PostgresStore: Sendable {
    let shared: Shared
    let books: Link<Work>
    let take: Link<Work>

    /// Connects, and makes the tables if they are not there. Waits for the server some seconds at most.
    ///
    /// Throws one sentence when the URL does not read, the server cannot be reached, refuses us, is older than 13, or has a
    /// schema that this program does not know.
    public init(url: String, options: PostgresOptions = PostgresOptions()) async throws(StoreError) {
        let address = try PostgresAddress(parsing: url)
        let shared = Shared(address, options)
        self.shared = shared
        let node = options.node.isEmpty ? "" : " \(options.node)"
        let plain = LinkOptions(patience: options.patience, idleClose: options.idleClose, logger: options.logger)
        let books = try Link(Connector(address: address, applicationName: "hakobi\(node) books"), plain) {
            Session(.books, shared)
        }
        self.books = books
        var listening = plain
        if options.listens {
            listening.listening = LinkOptions.Listening(channel: address.channel) { [weak books] payload, done in
                guard let books else { return done(false) }
                books.send(.notify(shared.channel, payload), done: done)
            }
        }
        do throws(StoreError) {
            take = try Link(Connector(address: address, applicationName: "hakobi\(node) take"), listening) {
                Session(.take, shared)
            }
        } catch {
            await books.close()
            throw error
        }
        shared.books.withLock { $0 = { [weak books] in books } }
        guard options.migratesOnOpen else { return }
        do throws(StoreError) { _ = try await migrate() } catch {
            await close()
            throw error
        }
    }

    /// A store's address for people and logs: never with a password in it. Throws one sentence for a URL that does not read.
    package static func description(of url: String) throws(StoreError) -> String {
        let address = try PostgresAddress(parsing: url)
        let isUsual = address.schema == PostgresAddress.defaultSchema
        return address.description + (isUsual ? "" : "?hakobi_schema=\(address.schema)")
    }

    /// Removes the schema with everything in it: for benchmarks, which made it.
    package func removeEverything() async throws(StoreError) {
        try await books.perform("remove", needsSchema: false) { session throws(PostgresError) in
            let round = session.newRound()
            round.add(session.sql.session.dropSchema)
            _ = try session.run(round)
        }
    }

    /// Ends the threads once what was handed in is done, and closes the connections. Later calls fail as unreachable.
    public func close() async {
        shared.hints.close()
        async let taken: Void = take.close()
        await books.close()
        await taken
    }
}

extension PostgresStore: JobStore {
    /// Keeps new jobs, each alone; durable once answered.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        guard !jobs.isEmpty else { return [] }
        return try await books.submit("insert", mayStay: jobs.count == 1) { .insert(jobs, $0) }
    }

    /// Takes due jobs: priority, then due time, then order of insertion.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        try await take.submit("claim") { .claim(demand, $0) }
    }

    /// Extends or looks at held leases; looks alone write nothing.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        guard !renewals.isEmpty else { return [] }
        if renewals.allSatisfy(\.isLook) {
            return try await take.perform("renew") { session throws(PostgresError) in try session.look(renewals) }
        }
        return try await books.perform("renew", isTransaction: true) { session throws(PostgresError) in
            try session.renew(renewals)
        }
    }

    /// Ends attempts under their leases, with follow-ups in the same transaction.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        guard !settlements.isEmpty else { return [] }
        return try await books.submit("settle") { .settle(settlements, $0) }
    }

    /// Revokes the leases of the dead.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        try await take.perform("rescue", isTransaction: true) { session throws(PostgresError) in
            try session.rescue(request)
        }
    }
}
