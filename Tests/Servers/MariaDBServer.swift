import Foundation
import Synchronization

/// A real MariaDB server of the tests' own: in a scratch folder, on a port of the loopback and a socket, durable as it comes
/// (innodb_flush_log_at_trx_commit 1).
package final class MariaDBServer: Sendable {
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
    package init(settings: [String: String] = [:]) throws {
        let program = "/usr/sbin/mariadbd"
        guard access(program, X_OK) == 0 else {
            throw Keeper.Trouble(description: "MariaDB is not installed: run scripts/setup.sh")
        }
        port = try Keeper.freePort()
        var all = [
            "port": "\(port)", "bind-address": "127.0.0.1", "socket": "socket", "pid-file": "pid",
            "max-connections": "100", "character-set-server": "utf8mb4", "innodb-buffer-pool-size": "64M",
            "innodb-log-file-size": "32M",
        ]
        all.merge(settings) { _, own in own }
        let flags = all.sorted { $0.key < $1.key }.map { "--\($0.key)=\($0.value)" }.joined(separator: " ")
        let prepare = """
            mariadb-install-db --no-defaults --datadir="$PWD/data" --skip-test-db --auth-root-authentication-method=normal
            cat >first.sql <<END
            CREATE USER IF NOT EXISTS hakobi@'127.0.0.1' IDENTIFIED BY 'secret';
            GRANT ALL ON *.* TO hakobi@'127.0.0.1' WITH GRANT OPTION;
            CREATE USER IF NOT EXISTS hakobi@localhost IDENTIFIED BY 'secret';
            GRANT ALL ON *.* TO hakobi@localhost WITH GRANT OPTION;
            END
            """
        keeper = try Keeper(
            name: "mariadb", prepare: prepare,
            serve: "\(program) --no-defaults --datadir=$PWD/data --init-file=$PWD/first.sql \(flags)",
            ready: "mariadb --no-defaults -S data/socket -u hakobi -psecret -e 'SELECT 1'", user: "mysql")
        try keeper.order("prepare")
        try keeper.order("start")
    }

    /// A new, empty database; goes with the server.
    package func database() throws -> String {
        let name = "test_\(count.add(1, ordering: .relaxed).newValue)"
        try sql("CREATE DATABASE \(name)", database: "mysql")
        return name
    }

    /// A URL over TCP; `options` as in `hakobi_prefix=x_&tls=off`.
    package func url(
        database: String, user: String = "hakobi", password: String = "secret", _ options: String = ""
    ) -> String {
        "mysql://\(user):\(password)@127.0.0.1:\(port)/\(database)" + (options.isEmpty ? "" : "?\(options)")
    }

    /// Runs SQL as the superuser; its rows, fields separated by tabs.
    @discardableResult
    package func sql(_ text: String, database: String) throws -> String {
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
