internal import CPostgres
internal import Glibc

/// libpq's own reading of a URL.
enum ConnectionParameters {
    struct Words: Error { let text: String }

    /// The parameters that the URL gives, and those that the environment gives besides.
    static func parse(_ url: String) -> Result<[String: String], Words> {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            return .failure(Words(text: PostgresError.firstLine(message)))
        }
        defer { PQconninfoFree(options) }
        var found: [String: String] = [:]
        if let defaults = PQconndefaults() {
            // Passwords are left to libpq, which asks PGPASSWORD and the password file at each connection anew.
            collect(defaults, into: &found) { $0.name != "password" && !$0.isBuiltIn }
            PQconninfoFree(defaults)
        }
        // A host of the URL's is not to be joined by an address or a port of the environment's.
        var given: [String: String] = [:]
        collect(options, into: &given) { _ in true }
        if given["host"] != nil || given["hostaddr"] != nil {
            found["host"] = nil
            found["hostaddr"] = nil
        }
        return .success(found.merging(given) { _, given in given })
    }

    private static func collect(
        _ options: UnsafeMutablePointer<PQconninfoOption>, into found: inout [String: String],
        where isWanted: ((name: String, isBuiltIn: Bool)) -> Bool
    ) {
        var next = options
        while let keyword = next.pointee.keyword {
            defer { next += 1 }
            let name = String(cString: keyword)
            guard let value = next.pointee.val, value.pointee != 0 else { continue }
            // What libpq has built in is left to it: it is not what anybody asked for.
            let isBuiltIn = next.pointee.compiled.map { strcmp($0, value) == 0 } ?? false
            if isWanted((name, isBuiltIn)) { found[name] = String(cString: value) }
        }
    }
}

/// One of the hosts of a URL, which are tried in turn.
struct Host: Sendable, Hashable, CustomStringConvertible {
    var host: String?
    var address: String?
    var port: String?

    var hasPossiblePort: Bool { port.map { UInt16($0).map { $0 > 0 } ?? false } ?? true }

    /// A name with its port, or the directory of a socket.
    var description: String {
        let name = host ?? address ?? "localhost"
        guard let port, port != "5432" else { return name }
        return "\(name):\(port)"
    }

    /// libpq's rule: host, hostaddr and port are lists side by side; a single port is everybody's.
    static func list(_ parameters: [String: String]) -> [Host] {
        func items(_ name: String) -> [String] {
            parameters[name].map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
        }
        let (hosts, addresses, ports) = (items("host"), items("hostaddr"), items("port"))
        func item(_ list: [String], _ index: Int) -> String? {
            list.indices.contains(index) && !list[index].isEmpty ? list[index] : nil
        }
        return (0..<max(1, hosts.count, addresses.count)).map { index in
            Host(
                host: item(hosts, index), address: item(addresses, index),
                port: ports.count == 1 ? item(ports, 0) : item(ports, index))
        }
    }
}
