internal import CPostgres
internal import HakobiCore

/// Why no connection came about: one sentence, with what to do. libpq tells it in words only, so the words are looked at;
/// the server's code is among them because the connection was asked to be verbose.
struct ConnectFailure {
    let host: Host
    let address: PostgresAddress

    func error(_ words: UnsafePointer<CChar>?) -> PostgresError { error(words.map { String(cString: $0) } ?? "") }

    func error(_ words: String) -> PostgresError {
        let line = Self.essence(words)
        if let state = Self.state(in: words) { return said(state, line) }
        if words.contains("no password supplied") { return said(.wrongPassword, line) }
        if words.contains("read-only") || words.contains("hot standby") {
            return PostgresError(
                .readOnly,
                "the server at \(host) may only be read (\(line)): name one that can be written, or all of them",
                isTransient: true)
        }
        if words.contains("SSL") || words.contains("certificate") || words.contains("TLS") {
            return PostgresError(
                .unreachable,
                "no TLS with the server at \(host) (\(line)): set up the server's certificate, or change sslmode")
        }
        return PostgresError(
            .unreachable, "no server answers at \(host) (\(line)): start it, or correct host and port",
            isTransient: true)
    }

    func tooLate(_ seconds: Int) -> PostgresError {
        PostgresError(
            .unreachable,
            "the server at \(host) has not answered within \(seconds) s: look at it and at the network, "
                + "or raise connect_timeout", isTransient: true)
    }

    var givenUp: PostgresError { PostgresError(.unreachable, "this store has been closed", isTransient: false) }

    private func said(_ state: SQLState, _ line: String) -> PostgresError {
        var error = PostgresError(state.meaning.reason, sentence(state, line), isTransient: state.meaning.isTransient)
        error.sqlState = state
        return error
    }

    private func sentence(_ state: SQLState, _ line: String) -> String {
        switch state {
        case .wrongPassword:
            "the server at \(host) refuses the password of user \(address.user): put the right one into the file that "
                + "PGPASSFILE names (~/.pgpass), or into PGPASSWORD"
        case _ where state.category == "28":
            "the server at \(host) does not let user \(address.user) in (\(line)): correct the user, or the server's pg_hba.conf"
        case .noSuchDatabase:
            "there is no database \"\(address.database)\" at \(host): make it with \"createdb \(address.database)\", or correct the URL"
        case .missingRight:
            "user \(address.user) may not connect to database \"\(address.database)\" at \(host) (\(line)): grant CONNECT on it"
        case .tooManyConnections:
            "the server at \(host) has no connection free (\(line)): raise max_connections or use a pooler"
        case _ where state.endsConnection: "the server at \(host) is not ready (\(line)): it is tried again"
        default: "the server at \(host) answered \(state): \(line)"
        }
    }

    /// The server's own words without libpq's frame, or libpq's without the address, which the sentence has already.
    private static func essence(_ words: String) -> String {
        let first = words.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason was given"
        let reason = first.firstRange(of: " failed: ").map { first[$0.upperBound...] } ?? first[...]
        guard let state = state(in: words), let code = reason.firstRange(of: "\(state): ") else {
            return String(reason)
        }
        return String(reason[code.upperBound...])
    }

    /// `FATAL:  28P01: password …`; the first word may be in another language.
    static func state(in words: String) -> SQLState? {
        for line in words.split(whereSeparator: \.isNewline) {
            for part in line.split(separator: ":").dropFirst() {
                let word = part.drop { $0 == " " }
                guard word.utf8.count == 5, part.hasPrefix("  "), word.utf8.allSatisfy(isCodeLetter) else { continue }
                return SQLState(String(word))
            }
        }
        return nil
    }

    private static func isCodeLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
