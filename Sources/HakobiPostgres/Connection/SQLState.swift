internal import CPostgres
internal import HakobiCore

/// The five letters by which PostgreSQL names a trouble, whatever language its sentence is in (errcodes.txt).
struct SQLState: Hashable, Sendable, CustomStringConvertible {
    let description: String
    init(_ code: String) { description = code }

    /// The first two letters.
    var category: Substring { description.prefix(2) }

    static let deadlock = SQLState("40P01")
    static let serializationFailure = SQLState("40001")
    static let uniqueViolation = SQLState("23505")
    static let noSuchPrepared = SQLState("26000")
    static let preparedTwice = SQLState("42P05")
    static let stalePlan = SQLState("0A000")
    static let readOnly = SQLState("25006")
    static let missingRight = SQLState("42501")
    static let noSuchDatabase = SQLState("3D000")
    static let noSuchTable = SQLState("42P01")
    static let noSuchSchema = SQLState("3F000")
    static let noSuchFunction = SQLState("42883")
    static let noSuchColumn = SQLState("42703")
    static let wrongPassword = SQLState("28P01")
    static let diskFull = SQLState("53100")
    static let outOfMemory = SQLState("53200")
    static let tooManyConnections = SQLState("53300")
    static let lockNotAvailable = SQLState("55P03")
    static let cancelled = SQLState("57014")
    static let adminShutdown = SQLState("57P01")
    static let ioError = SQLState("58030")

    /// The session is over, or no longer what it has to be.
    var endsConnection: Bool {
        if category == "08" || self == .readOnly { return true }
        // Shut down, crashed, starting, dropped, idle for too long; in a transaction for too long.
        return description.hasPrefix("57P0") || description == "25P03" || description == "25P04"
    }

    /// The reason, and whether trying again may help.
    var meaning: (reason: StoreError.Reason, isTransient: Bool) {
        switch self {
        case .deadlock, .serializationFailure, .lockNotAvailable, .cancelled: (.busy, true)
        case .diskFull: (.full, true)
        case .readOnly: (.readOnly, true)
        case .missingRight: (.readOnly, false)
        case .noSuchTable, .noSuchSchema, .noSuchFunction, .noSuchColumn: (.schema, false)
        case .outOfMemory, .tooManyConnections, .ioError: (.unreachable, true)
        case .noSuchDatabase: (.unreachable, false)
        case _ where endsConnection: (.unreachable, true)
        case _ where category == "28": (.unreachable, false)
        case _ where category == "53" || category == "58": (.unreachable, true)
        case _ where description == "XX001" || description == "XX002": (.corrupt, false)
        default: (.internal, false)
        }
    }
}
