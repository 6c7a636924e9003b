internal import CPostgres
internal import HakobiCore

/// Where a PostgreSQL store is: libpq's URL, and what of it is ours (`hakobi_…`).
///
/// `postgres://user@host1,host2/database?sslmode=require&hakobi_schema=jobs`. What the URL leaves out comes from where libpq
/// takes it (PGHOST, PGPASSFILE, the service file …). A password in it is never shown.
struct PostgresAddress: Sendable {
    /// The user, host or hosts, port and database as written; never a password.
    let description: String
    /// The schema of our tables, as it is; `hakobi` unless told otherwise.
    let schema: String
    /// libpq's parameters, its environment variables taken in.
    let parameters: [String: String]

    static let defaultSchema = "hakobi"
    private static let ours = ["hakobi_schema"]

    /// Reads a URL. Throws one sentence, in which no password stands.
    init(parsing url: String) throws(StoreError) {
        let secrets = Self.secrets(in: url)
        func refuse(_ sentence: String) -> StoreError {
            let clean = secrets.reduce(sentence) { $0.replacing($1, with: "***") }
            return StoreError(.unsuitable, operation: "open", "open: \(clean)", isTransient: false)
        }
        guard ["postgres://", "postgresql://"].contains(where: url.hasPrefix) else {
            throw refuse("a PostgreSQL store is written as postgres://user@host/database, not as \"\(url)\"")
        }
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var schema = Self.defaultSchema
        var theirs: [Substring] = []
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves[0].hasPrefix("hakobi_") else {
                theirs.append(pair)
                continue
            }
            guard halves[0] == "hakobi_schema" else {
                throw refuse(
                    "a postgres: URL has no option \"\(halves[0])\"; known: \(Self.ours.joined(separator: ", "))")
            }
            schema = halves.count > 1 ? Self.percentDecoded(halves[1]) : ""
        }
        guard (1...63).contains(schema.utf8.count), !schema.hasPrefix("pg_"), !schema.utf8.contains(0) else {
            throw refuse(
                "hakobi_schema is a name of 1 to 63 bytes that does not begin with pg_, not \"\(schema)\"; "
                    + "leave it out for \"\(Self.defaultSchema)\"")
        }
        try Libpq.require(for: "open")
        let libpq = theirs.isEmpty ? String(parts[0]) : "\(parts[0])?\(theirs.joined(separator: "&"))"
        switch ConnectionParameters.parse(libpq) {
        case .success(let parameters): self.parameters = parameters
        case .failure(let words):
            throw refuse(
                "the URL of the store cannot be read (\(words.text)): write it as postgres://user@host:5432/database")
        }
        // libpq would say so only when it connects, and then as if the server were away.
        for host in Host.list(self.parameters) where !host.hasPossiblePort {
            throw refuse("a port is a number from 1 to 65535, not \"\(host.port ?? "")\"")
        }
        self.schema = schema
        description = Self.describe(self.parameters)
    }

    /// Whom the server sees.
    var user: String { parameters["user"] ?? "(the system's user)" }
    /// The database that is asked for; libpq takes the user's name when there is none.
    var database: String { parameters["dbname"] ?? user }
    /// The schema, quoted for SQL.
    var quotedSchema: String { Self.quoted(schema) }

    /// A name as SQL writes it.
    static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
    /// The channel on which this schema's hints travel; at most 63 bytes, as NOTIFY wants it.
    var channel: String {
        let name = "hakobi_\(schema)"
        guard name.utf8.count > 63 else { return name }
        // Two long schemas might share a channel then: a hint too many, which harms nobody.
        return String(decoding: name.utf8.prefix(63), as: UTF8.self)
    }

    private static func describe(_ parameters: [String: String]) -> String {
        let hosts = Host.list(parameters).map(\.description).joined(separator: ",")
        let user = parameters["user"].map { "\($0)@" } ?? ""
        return "postgres://\(user)\(hosts)/\(parameters["dbname"] ?? "")"
    }

    /// What must not be shown, as written and as meant.
    private static func secrets(in url: String) -> [String] {
        let rest = url.split(separator: "://", maxSplits: 1).last ?? ""
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var found: [Substring] = []
        // libpq ends the user's part at the first @; a password with one in it, unescaped, spills over into the host.
        if let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") {
            found.append(rest[rest.index(after: colon)..<at])
        }
        if let at = authority.firstIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
            found.append(authority[authority.index(after: colon)..<at])
        }
        for pair in url.split(whereSeparator: { $0 == "?" || $0 == "&" }) {
            for name in ["password=", "sslpassword="] where pair.hasPrefix(name) {
                found.append(pair.dropFirst(name.count))
            }
        }
        return found.filter { !$0.isEmpty }.flatMap { [String($0), percentDecoded($0)] }
            .sorted { $0.count > $1.count }
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
