internal import CMariaDB
internal import HakobiCore

/// What the server or the way to it said, in our words.
struct MySQLError: Error {
    var reason: StoreError.Reason
    /// The server's or the library's number; 0 for our own.
    var code: UInt32 = 0
    var sentence: String
    var isTransient = false
    var effect = StoreError.Effect.notDone
    /// Nothing more can be done on this connection.
    var endsConnection = false

    init(_ reason: StoreError.Reason, _ sentence: String, isTransient: Bool = false) {
        self.reason = reason
        self.sentence = sentence
        self.isTransient = isTransient
    }

    static func damaged(_ words: String) -> MySQLError {
        MySQLError(.corrupt, "the tables hold what no store has written: \(words)")
    }

    /// The client library, which a process has from its first connection on, cannot be loaded.
    static func libraryMissing(_ words: String) -> MySQLError {
        MySQLError(
            .unreachable,
            "MariaDB needs its client library on this host (\(words)): install it, on Debian with \"apt install libmariadb3\""
        )
    }

    /// Of several hosts, this one is not the one to write to.
    static func readOnly(at place: String) -> MySQLError {
        var error = MySQLError(.readOnly, "\(place): the server may only be read", isTransient: true)
        error.endsConnection = true
        return error
    }

    /// All hosts have been tried.
    static func none(of failures: [MySQLError]) -> MySQLError {
        let sentences = failures.map(\.sentence).joined(separator: "; ")
        var error = MySQLError(
            failures.first?.reason ?? .unreachable, "none of \(failures.count) hosts will do: \(sentences)",
            isTransient: failures.contains(where: \.isTransient))
        error.endsConnection = true
        return error
    }

    static func defect(_ words: String) -> MySQLError { MySQLError(.internal, words) }

    /// The same round on the same connection may well go through: others were in the way.
    var isWorthRepeating: Bool { Self.others.contains(code) }

    private static let others: Set<UInt32> = [
        UInt32(ER_LOCK_DEADLOCK), UInt32(ER_DUP_ENTRY), UInt32(ER_CHECKREAD),
        UInt32(ER_TABLE_DEF_CHANGED),
    ]

    /// It may be the fault of one among several that were done together; also that of one whose row somebody has locked,
    /// which is not repeated here: others would wait behind it, and callers try again by themselves.
    var isAboutOne: Bool {
        (reason == .internal || code == UInt32(ER_LOCK_WAIT_TIMEOUT)) && !endsConnection
    }

    /// The user may not do this.
    var lacksRight: Bool { Self.rights.contains(Int32(bitPattern: code)) }

    private static let rights: Set<Int32> = [
        ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR, ER_DBACCESS_DENIED_ERROR,
        ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_PROCACCESS_DENIED_ERROR,
    ]

    func of(_ operation: String) -> StoreError {
        StoreError(reason, operation: operation, "\(operation): \(sentence)", isTransient: isTransient, effect: effect)
    }
}

extension MySQLError {
    /// What `code` means; `text` is what the server said with it.
    init(code: UInt32, text: String) {
        self.init(.internal, "the server said: \(text) (\(code))")
        self.code = code
        switch Int32(bitPattern: code) {
        case CR_SERVER_GONE_ERROR, CR_SERVER_LOST, CR_SERVER_LOST_EXTENDED, CR_MALFORMED_PACKET, ER_CONNECTION_KILLED,
            ER_SERVER_SHUTDOWN, ER_NEW_ABORTING_CONNECTION, ER_NET_READ_INTERRUPTED, ER_NET_READ_ERROR,
            ER_NET_ERROR_ON_WRITE, ER_NET_WRITE_INTERRUPTED, ER_ABORTING_CONNECTION, CR_COMMANDS_OUT_OF_SYNC:
            (reason, isTransient, endsConnection) = (.unreachable, true, true)
            sentence = "the connection to the server was lost: \(text)"
        case ER_LOCK_WAIT_TIMEOUT:
            (reason, isTransient) = (.busy, true)
            sentence =
                "somebody's transaction holds what this needs: look for one that stays open in "
                + "information_schema.innodb_trx, commit or end it"
        case ER_LOCK_DEADLOCK, ER_CHECKREAD:
            (reason, isTransient) = (.busy, true)
            sentence = "others were in the way again and again: \(text)"
        case ER_QUERY_INTERRUPTED, ER_STATEMENT_TIMEOUT:
            (reason, isTransient) = (.busy, true)
            sentence = "the server gave the statement up: \(text)"
        case ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_OPEN_AS_READONLY:
            (reason, isTransient, endsConnection) = (.readOnly, true, true)
            sentence = "the server may only be read: connect to the one that takes writes"
        case ER_DISK_FULL, ER_RECORD_FILE_FULL, ER_ERROR_ON_WRITE:
            (reason, isTransient) = (.full, true)
            sentence = "the server has no space left: \(text)"
        case _ where lacksRight:
            reason = .unsuitable
            sentence = "the user lacks a right: \(text); see `hakobi migrate --print` for what the tables need"
        case ER_NO_SUCH_TABLE:
            reason = .schema
            sentence = "a table is missing (\(text)): migrate first"
        case ER_KEY_DOES_NOT_EXISTS:
            reason = .schema
            sentence = "an index is missing (\(text)): make it anew, as `hakobi migrate --print` has it"
        default: break
        }
    }
}
