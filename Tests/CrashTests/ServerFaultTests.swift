import Glibc
import Servers
import Testing

extension CrashTests {
    /// What happens to servers, to connections and to those who use them, under load.
    @Suite("Faults of a server")
    struct ServerFaultTests {
        private func withServer(_ body: (PostgresServer, Site) async throws -> Void) async throws {
            let server = try PostgresServer()
            try await Site.with(url: server.url()) { site in try await body(server, site) }
        }

        @Test("killed and started again")
        func killed() async throws {
            try await withServer { server, site in
                try await Storm(site: site, name: "server killed and started again").pass { _ in
                    try server.kill()
                } end: { _ in
                    try server.start()
                }
            }
        }

        @Test("every session ended by an administrator, again and again")
        func terminated() async throws {
            try await withServer { server, site in
                var storm = Storm(site: site, name: "every session ended three times")
                storm.lasting = .zero
                try await storm.pass { _ in
                    for _ in 0..<3 {
                        try server.sql(
                            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                + "WHERE application_name LIKE 'hakobi%'")
                    }
                }
            }
        }

        @Test("one backend killed, so that the server ends all sessions and recovers")
        func backendKilled() async throws {
            try await withServer { server, site in
                var storm = Storm(site: site, name: "a backend killed by SIGKILL")
                storm.lasting = .zero
                try await storm.pass { _ in
                    let found = try server.sql(
                        "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'hakobi%books' LIMIT 1")
                    kill(try #require(pid_t(found)), SIGKILL)
                }
            }
        }

        @Test("frozen, so that connections stay and answers do not come")
        func frozen() async throws {
            try await withServer { server, site in
                try await Storm(site: site, name: "server frozen").pass { _ in
                    try server.freeze()
                } end: { _ in
                    try server.thaw()
                }
            }
        }

        @Test("its disk full", .enabled(if: geteuid() == 0, "mounting a small file system takes root"))
        func diskFull() async throws {
            let server = try PostgresServer()
            let disk = try SmallDisk(megabytes: 48)
            defer { disk.unmount() }
            try server.sql("CREATE TABLESPACE small LOCATION '\(try disk.folder("tables", for: "postgres"))'")
            try server.sql("CREATE DATABASE small TABLESPACE small")
            try await Site.with(url: server.url(database: "small")) { site in
                // As bytes that cannot be squeezed, so that there is soon no room between the old ones.
                var storm = Storm(site: site, name: "server's disk full")
                storm.payload = (0..<3000).map { "\(($0 &* 7919 &+ $0 * $0 * 31) % 9973)" }.joined()
                storm.pause = 5
                try await storm.pass { _ in
                    try disk.fill()
                } end: { _ in
                    try disk.free()
                }
                #expect(site.marks.refused > 0, "the disk was never full")
            }
        }

        @Test("a service stopped past its leases, and then going on")
        func stopped() async throws {
            try await withServer { _, site in
                var storm = Storm(site: site, name: "service stopped past its leases")
                storm.lasting = .seconds(5)
                try await storm.pass {
                    $0.signal(SIGSTOP)
                } end: {
                    $0.signal(SIGCONT)
                }
            }
        }
    }
}
