import Foundation
import Synchronization

/// A real PostgreSQL server of the tests' own: in a scratch folder, on a port of the loopback and a socket, durable as it
/// comes (fsync on).
package final class PostgresServer: DatabaseServer {
    private let keeper: Keeper
    package let port: Int
    /// Over all servers, so that a name is free on each of them.
    private static let count = Atomic(0)
    private let programs: String

    /// Where the socket is.
    package var folder: String { keeper.folder }
    package var log: String { keeper.log }

    private static let common = Mutex<Result<PostgresServer, any Error>?>(nil)

    /// The one server of this test process, which nobody stops; started when first asked for.
    package static func shared() throws -> PostgresServer {
        try common.withLock { common in
            let server = common ?? Result { try PostgresServer() }
            common = server
            return try server.get()
        }
    }

    /// A server for one test, which may do to it what it likes.
    ///
    /// - Parameter isOpen: hosts other than this one may come, as in tests with networks of their own.
    package init(settings: [String: String] = [:], isOpen: Bool = false) throws {
        programs = try Self.findPrograms()
        port = try Keeper.freePort()
        var all = [
            "port": "\(port)", "listen_addresses": isOpen ? "0.0.0.0" : "127.0.0.1", "max_connections": "200",
            "shared_buffers": "64MB", "lc_messages": "C", "log_min_messages": "warning",
        ]
        all.merge(settings) { _, own in own }
        let lines = all.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'" }.joined(separator: "\n")
        keeper = try Keeper(
            name: "postgres", prepare: Self.prepare(programs, lines), serve: "\(programs)/postgres -D data",
            ready: "\(programs)/pg_isready -q -h 127.0.0.1 -p \(port) -U postgres -d postgres", user: "postgres")
        try keeper.order("prepare")
        try keeper.order("start")
    }

    private static func prepare(_ programs: String, _ settings: String) -> String {
        """
        \(programs)/initdb -D data -A trust -U postgres -E UTF8 --locale=C --no-sync
        printf '%s\\n' "host all rejected all reject" "host all,all locked all scram-sha-256" | cat - data/pg_hba.conf >hba
        mv hba data/pg_hba.conf
        echo "host all all 10.213.0.0/16 trust" >>data/pg_hba.conf
        cat >>data/postgresql.conf <<END
        \(settings)
        unix_socket_directories = '$PWD'
        END
        """
    }

    /// Debian keeps them beside, not in, the path; the newest are taken.
    private static func findPrograms() throws -> String {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let found = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "/usr/lib/postgresql/\($0)/bin" }
            .first { access($0 + "/initdb", X_OK) == 0 }
        guard let found else {
            throw Keeper.Trouble(description: "PostgreSQL is not installed: run scripts/setup.sh")
        }
        return found
    }

    /// A new, empty database; goes with the server.
    package func database() throws -> String {
        let name = "test_\(Self.count.add(1, ordering: .relaxed).newValue)"
        try sql("CREATE DATABASE \(name)")
        return name
    }

    /// A schema's name that nobody has used on this server.
    package func freshSchema() -> String { "schema_\(Self.count.add(1, ordering: .relaxed).newValue)" }

    /// A URL over TCP; `options` as in `hakobi_schema=x&sslmode=disable`.
    package func url(
        host: String = "127.0.0.1", database: String = "postgres", user: String = "postgres", _ options: String = ""
    ) -> String {
        "postgres://\(user)@\(host):\(port)/\(database)" + (options.isEmpty ? "" : "?\(options)")
    }

    package func freshStore(host: String) -> String { url(host: host, "hakobi_schema=\(freshSchema())") }

    package func freshStore(in folder: String) throws -> String {
        let name = freshSchema()
        try sql("CREATE TABLESPACE \(name) LOCATION '\(folder)'")
        try sql("CREATE DATABASE \(name) TABLESPACE \(name)")
        return url(database: name)
    }

    package var user: String { "postgres" }

    package func endSessions() throws {
        try sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'hakobi%'")
    }

    /// Runs SQL as the superuser; its rows, fields separated by `|`.
    @discardableResult
    package func sql(_ text: String, database: String = "postgres") throws -> String {
        try Keeper.run([
            "\(programs)/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", folder, "-p", "\(port)", "-U", "postgres", "-d",
            database, "-c", text,
        ])
    }

    /// SIGKILL to all of it.
    package func kill() throws { try keeper.order("kill") }
    /// Starts it again and waits until it serves.
    package func start() throws { try keeper.order("start") }
    /// A fast shutdown: sessions are ended, everything is written.
    package func stop() throws { try keeper.order("stop") }
    /// SIGSTOP to all of it: connections stay, answers do not come.
    package func freeze() throws { try keeper.order("freeze") }
    package func thaw() throws { try keeper.order("thaw") }
}
