import CHakobi
import Glibc
package import Hakobi

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
    /// Make it when it is not there, and bring its schema up.
    case create
}

/// From a place to an open store with its roles: the composition of stores, one case a scheme.
package enum StoreOpener {
    /// For programs that put a service together by themselves: a store by its URL, made when it is not there.
    package static func open(url: String) async throws -> StoreRoles {
        try await open(try StoreLocation(reading: url), .create)
    }

    static func open(_ location: StoreLocation, _ intent: StoreIntent) async throws -> StoreRoles {
        switch location.scheme {
        case .memory: return MemoryStore().roles
        case .sqlite:
            #if SQLite
                return try sqlite(location, intent)
            #else
                throw CommandFailure.usage(location.isMissing)
            #endif
        case .postgres:
            #if Postgres
                let options = PostgresOptions(migratesOnOpen: intent == .create)
                return try await PostgresStore(url: location.path, options: options).roles
            #else
                throw CommandFailure.usage(location.isMissing)
            #endif
        case .mysql:
            #if MySQL
                return try MySQLStore(url: location.path, options: MySQLOptions(migratesOnOpen: intent == .create))
                    .roles
            #else
                throw CommandFailure.usage(location.isMissing)
            #endif
        }
    }

    #if SQLite
        private static func sqlite(_ location: StoreLocation, _ intent: StoreIntent) throws -> StoreRoles {
            if intent == .use, access(location.path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
                throw CommandFailure(
                    .unreachable, "there is no store at \(location.path): start a service or enqueue a job to make one")
            }
            var options = SQLiteOptions()
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
