internal import Glibc
internal import HakobiCore

/// Where a MariaDB store is: `mysql://user:password@host:3306/database?tls=require&hakobi_prefix=jobs_`, or on one of several
/// hosts with commas between them, of which the first that may be written is used.
///
/// Special characters in user and password are written as %XX. A password is never shown.
struct MySQLAddress: Sendable {
    /// How the connection is to be protected.
    enum TLS: String, Sendable, CaseIterable {
        /// In the clear.
        case off
        /// Encrypted, whoever the server is.
        case require
        /// Encrypted, and the server's certificate must be good.
        case verify
    }

    var user: String
    var password: String
    /// Where it may be, in this order; never empty.
    var hosts: [Host]
    var database: String
    var socket: String?
    var tls = TLS.off
    /// A file of certificates to trust, for `verify`.
    var authority: String?
    /// What the names of our tables begin with.
    var prefix = "hakobi_"

    /// A server's name and its port.
    struct Host: Sendable, CustomStringConvertible {
        var name: String
        var port: UInt32
        var description: String { "\(name):\(port)" }
    }

    /// As it may be shown.
    var description: String { "mysql://\(user)@\(place)/\(database)" }

    private var place: String { socket ?? hosts.map(\.description).joined(separator: ",") }

    /// The same on one host each.
    var each: [MySQLAddress] {
        hosts.map { host in
            var one = self
            one.hosts = [host]
            return one
        }
    }

    private static let example = "write it as mysql://user:password@host:3306/database"
    private static let options = ["tls", "ca", "socket", "hakobi_prefix"]

    /// Reads a URL. Throws one sentence, in which no password stands.
    init(parsing url: String) throws(StoreError) {
        guard let scheme = ["mysql://", "mariadb://"].first(where: url.hasPrefix) else {
            throw Self.refuse("a MariaDB store begins with mysql://: \(Self.example)")
        }
        let rest = url.dropFirst(scheme.count)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let at = parts[0].lastIndex(of: "@") else {
            throw Self.refuse("the URL of the store names no user: \(Self.example)")
        }
        let person = parts[0][..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        user = try Self.decode(person[0], "the user")
        password = try person.count > 1 ? Self.decode(person[1], "the password") : ""
        let place = parts[0][parts[0].index(after: at)...]
            .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        hosts = []
        for host in place[0].split(separator: ",", omittingEmptySubsequences: false) {
            hosts.append(try Self.host(host))
        }
        database = try place.count > 1 ? Self.decode(place[1], "the database") : ""
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            try set(String(halves[0]), to: halves.count > 1 ? Self.decode(halves[1], "an option") : "")
        }
        guard !user.isEmpty, hosts.allSatisfy({ !$0.name.isEmpty }), !database.isEmpty else {
            throw Self.refuse("the URL of the store lacks a user, a host or a database: \(Self.example)")
        }
    }

    private mutating func set(_ name: String, to value: String) throws(StoreError) {
        switch name {
        case "tls":
            guard let tls = TLS(rawValue: value) else {
                throw Self.refuse("tls is off, require or verify, not \"\(value)\"")
            }
            self.tls = tls
        case "ca": authority = value
        case "socket": socket = value
        case "hakobi_prefix":
            guard (1...32).contains(value.utf8.count), value.utf8.allSatisfy(Self.isPlain) else {
                throw Self.refuse(
                    "hakobi_prefix is 1 to 32 of A-Z a-z 0-9 _, not \"\(value)\"; leave it out for \"hakobi_\"")
            }
            prefix = value
        default:
            throw Self.refuse("a mysql: URL has no option \"\(name)\"; known: \(Self.options.joined(separator: ", "))")
        }
    }

    private static func host(_ text: Substring) throws(StoreError) -> Host {
        let parts: [Substring]
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            parts = [
                text[text.index(after: text.startIndex)..<end], text[text.index(after: end)...].drop { $0 == ":" },
            ]
        } else {
            parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        }
        guard parts.count > 1, !parts[1].isEmpty else {
            return Host(name: String(parts[0]), port: 3306)
        }
        guard let port = UInt16(parts[1]), port > 0 else {
            throw refuse("the port in the URL of the store is not a number from 1 to 65535: \(example)")
        }
        return Host(name: String(parts[0]), port: UInt32(port))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func refuse(_ sentence: String) -> StoreError {
        StoreError(.unsuitable, operation: "open", "open: \(sentence)", isTransient: false)
    }

    private static func decode(_ text: Substring, _ what: String) throws(StoreError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                code > 0
            else { throw refuse("\(what) in the URL of the store has a % without two hexadecimal digits: write %25") }
            bytes.append(code)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension MySQLAddress {
    /// Where this host's processes of one user that work on these tables wake each other: in memory, since the server's own
    /// directory is nobody else's.
    var wakeDirectory: String {
        let tables = "\(place)/\(database)/\(prefix)"
        return "/dev/shm/hakobi-\(geteuid())-\(String(Self.digest(tables), radix: 36))"
    }

    /// FNV-1a, 64 bits: two databases that share a directory wake each other in vain, and nothing else.
    private static func digest(_ text: String) -> UInt64 {
        text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }
}
