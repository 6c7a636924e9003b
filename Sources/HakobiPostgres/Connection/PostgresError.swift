internal import CPostgres
internal import HakobiCore
internal import HakobiDatabase

/// What went wrong on a connection, before anybody knows for which operation.
struct PostgresError: Error, Sendable {
    let reason: StoreError.Reason
    /// Without the operation's name; names what was wrong, where, and what would be right. Never a password.
    let sentence: String
    let isTransient: Bool
    var effect: StoreError.Effect = .notDone
    /// `nil` when the server has not said anything.
    var sqlState: SQLState?
    /// The constraint that was violated.
    var constraint: String?
    /// The connection cannot be used any more.
    var endsConnection = false

    init(_ reason: StoreError.Reason, _ sentence: String, isTransient: Bool = false) {
        self.reason = reason
        self.sentence = sentence
        self.isTransient = isTransient
    }

    /// Ours or the driver's.
    init(defect: String) { self.init(.internal, defect) }

    /// The connection broke; `effect` is what is known of the round that was under way.
    init(lost words: String, effect: StoreError.Effect) {
        self.init(.unreachable, "the connection to the server was lost: \(words)", isTransient: true)
        self.effect = effect
        endsConnection = true
    }

    /// What the server answered to a statement.
    init(result: OpaquePointer, user: String) {
        let field = { (code: Unicode.Scalar) -> String? in
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        let state = SQLState(field("C") ?? "08006")
        let words = field("M") ?? Self.firstLine(PQresultErrorMessage(result))
        let meaning = state.meaning
        self.init(meaning.reason, Self.sentence(state, words, user: user), isTransient: meaning.isTransient)
        sqlState = state
        constraint = field("n")
        endsConnection = state.endsConnection
    }

    /// The same, told to whoever called `operation`.
    func of(_ operation: String) -> StoreError {
        StoreError(
            reason, operation: operation, "\(operation): \(sentence)", isTransient: isTransient, effect: effect)
    }

    /// The first line of libpq's words, of which there may be several, and tabs.
    static func firstLine(_ words: UnsafePointer<CChar>?) -> String {
        let text = words.map { String(cString: $0) } ?? ""
        return String(text.split(whereSeparator: \.isNewline).first ?? "no reason was given")
    }

    private static func sentence(_ state: SQLState, _ words: String, user: String) -> String {
        switch state {
        case .missingRight:
            "user \(user) lacks a right (\(words)): grant it, or run \"hakobi migrate\" as the owner of the tables"
        case .noSuchTable, .noSuchSchema, .noSuchFunction, .noSuchColumn:
            "the tables are not there or not of this release (\(words)): run \"hakobi migrate\""
        case .readOnly: "the server may only be read now (\(words)): looking for one that can be written"
        case .diskFull: "the server has no space left (\(words)): free some; it is tried again"
        case .lockNotAvailable:
            "another transaction holds what is needed (\(words)): look who is idle in a transaction; it is safe to try again"
        case .deadlock, .serializationFailure: "others were in the way (\(words)): it is safe to try again"
        case .tooManyConnections: "the server has no connection free (\(words)): raise max_connections or use a pooler"
        default: "the server answered \(state): \(words)"
        }
    }
}

extension PostgresError {
    /// Nothing was done, and the same round is likely to succeed now.
    var isWorthRepeating: Bool {
        switch sqlState {
        case .deadlock, .serializationFailure, .noSuchPrepared, .preparedTwice, .stalePlan: effect == .notDone
        default: false
        }
    }

    /// Others of the same round may do better alone.
    var isAboutOne: Bool {
        effect == .notDone && !endsConnection
            && (reason == .internal || reason == .full || sqlState == .lockNotAvailable)
    }
}

extension Ticket {
    /// Tells whoever waits what went wrong, under the operation's name.
    func fail(_ error: PostgresError) { waiting.fail(error.of(operation)) }
}
