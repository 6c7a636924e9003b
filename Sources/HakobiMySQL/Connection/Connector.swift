internal import CMariaDB
internal import Glibc
internal import HakobiCore

/// Makes connections to one address, on the first of its hosts that may be written.
struct Connector: Sendable {
    let address: MySQLAddress
    /// Who we are in the server's list of processes.
    let clientName: String

    /// MariaDB 10.6 has SKIP LOCKED and JSON_TABLE, MySQL has them since 8.0.
    static let oldest = (mariaDB: 100_600, mySQL: 80_000)

    private static let library: Bool = mysql_server_init(0, nil, nil) == 0

    /// One try at each host.
    func connect() throws(MySQLError) -> Connection {
        let places = address.each
        guard places.count > 1 else { return try connect(to: address) }
        var failures: [MySQLError] = []
        for place in places {
            do throws(MySQLError) {
                let connection = try connect(to: place)
                let isReadOnly = try connection.run(ConnectionStatements.isReadOnly, commits: false).first?.first
                guard try isReadOnly?.int(0) != 0 else { return connection }
                failures.append(.readOnly(at: place.description))
            } catch {
                failures.append(error)
            }
        }
        throw MySQLError.none(of: failures)
    }

    private func connect(to address: MySQLAddress) throws(MySQLError) -> Connection {
        if let words = hakobi_libmariadb_trouble() { throw .libraryMissing(String(cString: words)) }
        guard Self.library, let handle = mysql_init(nil) else { throw .defect("the client library does not begin") }
        set(handle)
        let found = mysql_real_connect(
            handle, address.socket == nil ? address.hosts[0].name : nil, address.user, address.password,
            address.database, address.hosts[0].port, address.socket, UInt(Self.multipleStatements))
        guard found != nil else {
            let error = ConnectFailure.explain(
                code: mysql_errno(handle), text: String(cString: mysql_error(handle)), address)
            mysql_close(handle)
            throw error
        }
        let connection = Connection(handle, clientName: clientName)
        if address.socket == nil { Self.noticeLoss(on: connection.socket) }
        try check(connection, address)
        try connection.run(ConnectionStatements.session, commits: false)
        return connection
    }

    /// CLIENT_MULTI_STATEMENTS and CLIENT_MULTI_RESULTS, whose macros do not import.
    private static let multipleStatements = 1 << 16 | 1 << 17

    private func set(_ handle: UnsafeMutablePointer<MYSQL>) {
        var connectSeconds: CUnsignedInt = 5
        mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connectSeconds)
        // Nothing here takes so long on a server that answers.
        var seconds: CUnsignedInt = 60
        mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &seconds)
        mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &seconds)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", clientName)
        guard address.tls != .off else { return }
        var yes: CChar = 1
        mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &yes)
        var verifies: CChar = address.tls == .verify ? 1 : 0
        mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verifies)
        if let authority = address.authority { mysql_options(handle, MYSQL_OPT_SSL_CA, authority) }
    }

    /// A peer that acknowledges nothing for eight seconds is given up, whether something is under way or not.
    private static func noticeLoss(on socket: Int32) {
        func set(_ option: Int32, _ value: Int32) {
            var value = value
            setsockopt(socket, Int32(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        set(TCP_USER_TIMEOUT, 8000)
        set(TCP_KEEPIDLE, 5)
        set(TCP_KEEPINTVL, 2)
        set(TCP_KEEPCNT, 3)
    }

    private func check(_ connection: Connection, _ address: MySQLAddress) throws(MySQLError) {
        // The library goes on in the clear when the server has no TLS, whatever was asked for.
        guard address.tls == .off || connection.isEncrypted else {
            throw MySQLError(
                .unsuitable,
                "\(address.description): TLS was refused: set up the server's certificate, or say tls=off in the URL")
        }
        let oldest = connection.isMariaDB ? Self.oldest.mariaDB : Self.oldest.mySQL
        guard connection.serverVersion >= oldest else {
            throw MySQLError(
                .unsuitable,
                "the server at \(address.description) is \(connection.serverName): MariaDB 10.6 or newer is needed")
        }
    }
}

/// Why there is no connection: one sentence each, with what to do.
enum ConnectFailure {
    static func explain(code: UInt32, text: String, _ address: MySQLAddress) -> MySQLError {
        var error = MySQLError(code: code, text: text)
        error.effect = .notDone
        error.endsConnection = true
        let at = address.description
        switch Int32(bitPattern: code) {
        case ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
            (error.reason, error.isTransient) = (.unsuitable, false)
            error.sentence =
                "\(at): the server refuses user \(address.user): check the user and the password in the URL"
        case ER_BAD_DB_ERROR:
            (error.reason, error.isTransient) = (.unsuitable, false)
            error.sentence =
                "\(at): there is no database \"\(address.database)\": create it, or correct the URL"
        case ER_DBACCESS_DENIED_ERROR:
            (error.reason, error.isTransient) = (.unsuitable, false)
            error.sentence =
                "\(at): user \(address.user) may not use database \"\(address.database)\", or there is none of that name: "
                + "GRANT ALL ON \(address.database).* TO the user, or correct the URL"
        case CR_SSL_CONNECTION_ERROR:
            (error.reason, error.isTransient) = (.unsuitable, false)
            error.sentence =
                "\(at): TLS was refused (\(text)): set up the server's certificate, or say tls=off in the URL"
        case ER_HOST_NOT_PRIVILEGED, ER_HOST_IS_BLOCKED:
            (error.reason, error.isTransient) = (.unsuitable, false)
            error.sentence = "\(at): the server takes no connections from this host: \(text)"
        default:
            (error.reason, error.isTransient) = (.unreachable, true)
            error.sentence = "\(at): the server cannot be reached (\(text)): is it running, and is the address right?"
        }
        return error
    }
}
