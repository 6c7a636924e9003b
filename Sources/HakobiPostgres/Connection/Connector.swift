internal import CPostgres
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase

/// Makes connections: one host after another, each within its time, until one can be written to.
///
/// A partition is to be noticed within seconds, so unless the URL says otherwise a host has 5 s to answer
/// (`connect_timeout`), sent data 8 s to be acknowledged (`tcp_user_timeout`), and a silent connection is probed after 5 s
/// every 2 s, three times (`keepalives_…`). libpq leaves the first to its caller here.
struct Connector: Sendable {
    let address: PostgresAddress
    /// Seen in pg_stat_activity, as in `hakobi web1 books`.
    let applicationName: String

    static let defaults = [
        "target_session_attrs": "read-write", "connect_timeout": "5", "tcp_user_timeout": "8000",
        "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3",
    ]

    private var parameters: [String: String] {
        var all = Self.defaults.merging(address.parameters.filter { $0.key != "application_name" }) { _, given in given
        }
        all["client_encoding"] = "UTF8"
        all["application_name"] =
            address.parameters["application_name"].map { "\($0) \(applicationName)" } ?? applicationName
        return all
    }

    /// Tries the hosts, beginning with number `first`; answers the connection and the number of its host.
    func connect(first: Int, bell: Bell, isWanted: () -> Bool) throws(PostgresError) -> (Connection, host: Int) {
        let hosts = Host.list(address.parameters)
        var troubles: [PostgresError] = []
        for turn in 0..<hosts.count {
            let number = (first + turn) % hosts.count
            do throws(PostgresError) {
                return (try connect(to: hosts[number], bell: bell, isWanted: isWanted), number)
            } catch {
                troubles.append(error)
            }
            if !isWanted() { break }
        }
        guard let worst = troubles.first(where: { $0.isTransient }) ?? troubles.first else {
            throw PostgresError(defect: "there was no host to try")
        }
        guard troubles.count > 1 else { throw worst }
        throw PostgresError(
            worst.reason,
            "none of \(troubles.count) hosts can be used: \(troubles.map(\.sentence).joined(separator: "; "))",
            isTransient: worst.isTransient)
    }

    private func connect(to host: Host, bell: Bell, isWanted: () -> Bool) throws(PostgresError) -> Connection {
        let handle = try start(host)
        do throws(PostgresError) { try poll(handle, host, bell, isWanted) } catch {
            PQfinish(handle)
            throw error
        }
        let connection = try Connection(owning: handle, address: address, bell: bell)
        try greet(connection, host)
        return connection
    }

    private func start(_ host: Host) throws(PostgresError) -> OpaquePointer {
        var values = parameters
        values["host"] = host.host
        values["hostaddr"] = host.address
        values["port"] = host.port
        let pairs = values.sorted { $0.key < $1.key }
        let handle = withCStrings(pairs.map(\.key)) { keys in
            withCStrings(pairs.map(\.value)) { values in PQconnectStartParams(keys, values, 0) }
        }
        guard let handle else { throw PostgresError(.unreachable, "out of memory", isTransient: true) }
        // With the code in front of the words, which may be in any language.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        return handle
    }

    private func poll(_ handle: OpaquePointer, _ host: Host, _ bell: Bell, _ isWanted: () -> Bool) throws(PostgresError)
    {
        let seconds = Int(parameters["connect_timeout"] ?? "") ?? 5
        let due = seconds > 0 ? ContinuousClock.now.advanced(by: .seconds(seconds)) : nil
        let failure = ConnectFailure(host: host, address: address)
        var status = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard status != PGRES_POLLING_FAILED else { throw failure.error(PQerrorMessage(handle)) }
            let events = Int16(status == PGRES_POLLING_READING ? POLLIN : POLLOUT)
            let ready = Readiness.wait(socket: PQsocket(handle), events, bell: bell, until: due)
            if ready.bellRang {
                bell.silence()
                guard isWanted() else { throw failure.givenUp }
            }
            if let due, ContinuousClock.now >= due, !ready.socketIsReady { throw failure.tooLate(seconds) }
            if ready.socketIsReady { status = PQconnectPoll(handle) }
        }
    }

    /// Who answers: the server itself or a pooler, and of which version.
    private func greet(_ connection: Connection, _ host: Host) throws(PostgresError) {
        let version = connection.facts.serverVersion
        guard version >= 130_000 else {
            throw PostgresError(
                .unsuitable,
                "the server at \(host) is PostgreSQL \(version / 10000), and 13 or newer is needed: upgrade it")
        }
        let round = connection.newRound()
        round.isReadOnly = true
        let pid = round.add(.backendPID)
        if let row = try connection.run(once: round)[pid].first { connection.note(pid: try row.int4(0)) }
    }
}

/// Calls `body` with an array of C strings that ends with a null pointer.
private func withCStrings<Answer>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Answer?
) -> Answer? {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { UnsafePointer($0) } + [nil]
    return pointers.withUnsafeBufferPointer { $0.baseAddress.flatMap(body) }
}
