import Foundation
import Synchronization

/// A real MariaDB server of the tests' own: in a scratch folder, on a port of the loopback and a socket, durable as it comes
/// (innodb_flush_log_at_trx_commit 1).
package final class MariaDBServer: DatabaseServer {
    private let keeper: Keeper
    package let port: Int
    private let count = Atomic(0)

    /// Where the socket is.
    package var socket: String { keeper.folder + "/socket" }
    package var log: String { keeper.log }

    private static let common = Mutex<Result<MariaDBServer, any Error>?>(nil)

    /// The one server of this test process, which nobody stops; started when first asked for.
    package static func shared() throws -> MariaDBServer {
        try common.withLock { common in
            let server = common ?? Result { try MariaDBServer() }
            common = server
            return try server.get()
        }
    }

    /// A server for one test, which may do to it what it likes.
    ///
    /// - Parameter isOpen: hosts other than this one may come, as in tests with networks of their own.
    package init(settings: [String: String] = [:], isOpen: Bool = false) throws {
        let program = "/usr/sbin/mariadbd"
        guard access(program, X_OK) == 0 else {
            throw Keeper.Trouble(description: "MariaDB is not installed: run scripts/setup.sh")
        }
        port = try Keeper.freePort()
        var all = [
            "port": "\(port)", "bind-address": isOpen ? "0.0.0.0" : "127.0.0.1", "socket": "socket", "pid-file": "pid",
            "max-connections": "200", "character-set-server": "utf8mb4", "innodb-buffer-pool-size": "64M",
            "innodb-log-file-size": "32M",
        ]
        all.merge(settings) { _, own in own }
        let flags = all.sorted { $0.key < $1.key }.map { "--\($0.key)=\($0.value)" }.joined(separator: " ")
        // A server removes at its start what it takes for its own temporary tables: another's too, in a common folder.
        let prepare = """
            mkdir tmp
            mariadb-install-db --no-defaults --datadir="$PWD/data" --tmpdir="$PWD/tmp" --skip-test-db \\
                --auth-root-authentication-method=normal
            cat >first.sql <<END
            CREATE USER IF NOT EXISTS hakobi@'127.0.0.1' IDENTIFIED BY 'secret';
            GRANT ALL ON *.* TO hakobi@'127.0.0.1' WITH GRANT OPTION;
            CREATE USER IF NOT EXISTS hakobi@localhost IDENTIFIED BY 'secret';
            GRANT ALL ON *.* TO hakobi@localhost WITH GRANT OPTION;
            CREATE USER IF NOT EXISTS hakobi@'10.213.%' IDENTIFIED BY 'secret';
            GRANT ALL ON *.* TO hakobi@'10.213.%' WITH GRANT OPTION;
            END
            """
        keeper = try Keeper(
            name: "mariadb", prepare: prepare,
            serve: "\(program) --no-defaults --datadir=$PWD/data --tmpdir=$PWD/tmp --init-file=$PWD/first.sql \(flags)",
            ready: "mariadb --no-defaults -S data/socket -u hakobi -psecret -e 'SELECT 1'", user: "mysql")
        try keeper.order("prepare")
        try keeper.order("start")
    }

    /// A new, empty database; goes with the server.
    package func database() throws -> String {
        let name = "test_\(count.add(1, ordering: .relaxed).newValue)"
        try sql("CREATE DATABASE \(name)")
        return name
    }

    package func freshStore(host: String) throws -> String { url(host: host, database: try database()) }

    package func freshStore(in folder: String) throws -> String {
        let name = try database()
        // What is left of a new database's folder is a file of settings that may be missing.
        let place = keeper.folder + "/data/" + name
        try FileManager.default.removeItem(atPath: place)
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: folder)
        return url(database: name)
    }

    package var user: String { "mysql" }

    package func endSessions() throws {
        let ids = try sql("SELECT ID FROM information_schema.PROCESSLIST WHERE DB LIKE 'test_%'").split(separator: "\n")
        // One may have ended by itself meanwhile.
        for id in ids { _ = try? sql("KILL \(id)") }
    }

    /// A URL over TCP; `options` as in `hakobi_prefix=x_&tls=off`.
    package func url(
        host: String = "127.0.0.1", database: String, user: String = "hakobi", password: String = "secret",
        _ options: String = ""
    ) -> String {
        "mysql://\(user):\(password)@\(host):\(port)/\(database)" + (options.isEmpty ? "" : "?\(options)")
    }

    /// Runs SQL as the superuser; its rows, fields separated by tabs.
    @discardableResult
    package func sql(_ text: String, database: String = "mysql") throws -> String {
        try Keeper.run([
            "/usr/bin/mariadb", "--no-defaults", "-NB", "-h", "127.0.0.1", "-P", "\(port)", "-u", "hakobi", "-psecret",
            database, "-e", text,
        ])
    }

    /// SIGKILL to all of it.
    package func kill() throws { try keeper.order("kill") }
    /// Starts it again and waits until it serves.
    package func start() throws { try keeper.order("start") }
    /// SIGSTOP to all of it: connections stay, answers do not come.
    package func freeze() throws { try keeper.order("freeze") }
    package func thaw() throws { try keeper.order("thaw") }
}
