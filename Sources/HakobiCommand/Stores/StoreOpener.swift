import CHakobi
import Glibc
package import Hakobi
import HakobiMaildir
import Logging

#if SQLite
    import HakobiSQLite
#endif
#if Postgres
    import HakobiPostgres
#endif
#if MySQL
    import HakobiMySQL
#endif

/// What a command wants of a store.
enum StoreIntent: Sendable, Hashable {
    /// Look or edit; a store that is not there is not made by accident.
    case use
    /// The same, and its schema stays as it is.
    case look
    /// Make it when it is not there, and bring its schema up.
    case create
}

/// How a service uses its store; commands that come and go have nothing to say about it.
struct StoreUse: Sendable {
    /// How this host is called in the server's list of sessions, and in the names of mails.
    var node: String
    /// Crashes at which a job is dead.
    var crashBudget: Int
    /// Connections are closed after so long at rest; `nil`: kept.
    var idleClose: Duration?
    /// Told about lost connections, and about mails that cannot be handled.
    var logger: Logger
}

/// From a place to an open store with its roles: the composition of stores, one case a scheme.
package enum StoreOpener {
    /// For programs that put a service together by themselves: a store by its URL, made when it is not there.
    package static func open(url: String) async throws -> StoreRoles {
        try await open(try StoreLocation(reading: url), .create)
    }

    /// The same, for whoever has a spill: a store that does not answer now is opened too.
    package static func openOrAway(url: String) async throws -> StoreRoles {
        try await openOrAway(try StoreLocation(reading: url), .create)
    }

    static func openOrAway(_ location: StoreLocation, _ intent: StoreIntent) async throws -> StoreRoles {
        do { return try await open(location, intent) } catch let error as StoreError where error.isTransient {
            return StoreRoles(store: AwayStore(error: error))
        }
    }

    /// Whether a file or folder would have to be made first, and could be; a server is another's to make.
    static func isStillToBeMade(_ location: StoreLocation) throws -> Bool {
        if location.scheme == .maildir {
            return try location.maildirs.contains { try MaildirStore.presence(at: $0.path) != .store }
        }
        #if SQLite
            guard location.scheme == .sqlite else { return false }
            return try !SQLiteStore.isThere(location.path)
        #else
            return false
        #endif
    }

    static func open(
        _ location: StoreLocation, _ intent: StoreIntent, use: StoreUse? = nil
    ) async throws -> StoreRoles {
        switch location.scheme {
        case .memory: return MemoryStore().roles
        case .maildir: return try maildir(location, intent, use)
        case .sqlite:
            #if SQLite
                return try sqlite(location, intent)
            #else
                throw CommandFailure.usage(location.isMissing)
            #endif
        case .postgres:
            #if Postgres
                var options = PostgresOptions(migratesOnOpen: intent == .create, idleClose: use?.idleClose)
                options.node = use?.node ?? ""
                if let logger = use?.logger { options.logger = logger }
                return try await PostgresStore(url: location.path, options: options).roles
            #else
                throw CommandFailure.usage(location.isMissing)
            #endif
        case .mysql:
            #if MySQL
                var options = MySQLOptions(migratesOnOpen: intent == .create, idleClose: use?.idleClose)
                options.node = use?.node ?? ""
                if let logger = use?.logger { options.logger = logger }
                return try MySQLStore(url: location.path, options: options).roles
            #else
                throw CommandFailure.usage(location.isMissing)
            #endif
        }
    }

    #if SQLite
        private static func sqlite(_ location: StoreLocation, _ intent: StoreIntent) throws -> StoreRoles {
            if intent != .create, access(location.path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
                throw CommandFailure(
                    .unreachable, "there is no store at \(location.path): start a service or enqueue a job to make one")
            }
            var options = SQLiteOptions(migratesOnOpen: intent != .look)
            switch location.options["synchronous"] {
            case nil, "full": options.synchronous = .full
            case "normal": options.synchronous = .normal
            case let other?:
                throw CommandFailure.usage("sqlite: synchronous is full or normal, not \"\(other)\"")
            }
            if let text = location.options["busy-timeout"] {
                do throws(Unreadable) { options.busyTimeout = try DurationText.read(text) } catch {
                    throw CommandFailure.usage("sqlite: busy-timeout is \"\(text)\": \(error)")
                }
            }
            // A tenth of a drain's time; nobody reads the count. Only a program may decide that, so no library does.
            _ = hakobi_sqlite_count_no_memory()
            return try SQLiteStore(path: location.path, options: options).roles
        }
    #endif
}
