import Hakobi

#if SQLite
    import HakobiSQLite
#endif

/// What a command wants of a store.
enum StoreIntent: Sendable, Hashable {
    /// Look or edit; a store that is not there is not made by accident.
    case use
    /// Make it when it is not there, and bring its schema up.
    case create
}

/// From a place to an open store with its roles: the composition of stores, one case a scheme.
enum StoreOpener {
    static func open(_ location: StoreLocation, _ intent: StoreIntent) async throws -> StoreRoles {
        switch location.scheme {
        case .memory: return MemoryStore().roles
        #if SQLite
            case .sqlite: throw CommandFailure(.unreachable, "sqlite is not here yet")
        #endif
        }
    }
}
