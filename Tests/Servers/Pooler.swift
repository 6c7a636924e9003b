import Foundation

/// pgbouncer before a server, lending sessions a transaction at a time.
package final class Pooler: Sendable {
    private let keeper: Keeper
    package let port: Int

    package init(before server: PostgresServer, mode: String = "transaction") throws {
        let program = "/usr/sbin/pgbouncer"
        guard access(program, X_OK) == 0 else {
            throw Keeper.Trouble(description: "pgbouncer is not installed: run scripts/setup.sh")
        }
        port = try Keeper.freePort()
        let prepare = """
            cat >users <<END
            "postgres" ""
            END
            cat >ini <<END
            [databases]
            * = host=127.0.0.1 port=\(server.port)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = trust
            auth_file = users
            pool_mode = \(mode)
            default_pool_size = 4
            max_client_conn = 50
            END
            """
        keeper = try Keeper(
            name: "pgbouncer", prepare: prepare, serve: "\(program) -q ini",
            ready: "exec 3<>/dev/tcp/127.0.0.1/\(port)", user: "postgres")
        try keeper.order("prepare")
        try keeper.order("start")
    }

    package func url(database: String = "postgres", _ options: String = "") -> String {
        "postgres://postgres@127.0.0.1:\(port)/\(database)" + (options.isEmpty ? "" : "?\(options)")
    }

    package func kill() throws { try keeper.order("kill") }
    package func start() throws { try keeper.order("start") }
}
