import Glibc
import Servers
import Testing

extension CrashTests {
    /// What happens to servers, to connections and to those who use them, under load.
    @Suite("Faults of a server")
    struct ServerFaultTests {
        private func withServer(_ kind: ServerKind, _ body: (any DatabaseServer, Site) async throws -> Void)
            async throws
        {
            let server = try kind.start()
            try await Site.with(url: server.freshStore()) { site in try await body(server, site) }
        }

        @Test("killed and started again", arguments: ServerKind.allCases)
        func killed(kind: ServerKind) async throws {
            try await withServer(kind) { server, site in
                try await Storm(site: site, name: "\(kind) killed and started again").pass { _ in
                    try server.kill()
                } end: { _ in
                    try server.start()
                }
            }
        }

        @Test("every session ended by an administrator, again and again", arguments: ServerKind.allInSoak)
        func terminated(kind: ServerKind) async throws {
            try await withServer(kind) { server, site in
                var storm = Storm(site: site, name: "every session of \(kind) ended three times")
                storm.lasting = .zero
                try await storm.pass { _ in for _ in 0..<3 { try server.endSessions() } }
            }
        }

        @Test("one backend killed, so that the server ends all sessions and recovers")
        func backendKilled() async throws {
            let server = try PostgresServer()
            try await Site.with(url: server.url()) { site in
                var storm = Storm(site: site, name: "a backend killed by SIGKILL")
                storm.lasting = .zero
                try await storm.pass { _ in
                    let found = try server.sql(
                        "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'hakobi%books' LIMIT 1")
                    kill(try #require(pid_t(found)), SIGKILL)
                }
            }
        }

        @Test("frozen, so that connections stay and answers do not come", arguments: ServerKind.allCases)
        func frozen(kind: ServerKind) async throws {
            try await withServer(kind) { server, site in
                try await Storm(site: site, name: "\(kind) frozen").pass { _ in
                    try server.freeze()
                } end: { _ in
                    try server.thaw()
                }
            }
        }

        @Test(
            "its disk full", .enabled(if: geteuid() == 0, "mounting a small file system takes root"),
            arguments: ServerKind.allCases)
        func diskFull(kind: ServerKind) async throws {
            let server = try kind.start()
            let disk = try SmallDisk(megabytes: 48)
            defer { disk.unmount() }
            let store = try server.freshStore(in: disk.folder("tables", for: server.user))
            try await Site.with(url: store) { site in
                // As bytes that cannot be squeezed, so that there is soon no room between the old ones.
                var storm = Storm(site: site, name: "disk of \(kind) full")
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

        @Test("a service stopped past its leases, and then going on", arguments: ServerKind.allInSoak)
        func stopped(kind: ServerKind) async throws {
            try await withServer(kind) { _, site in
                var storm = Storm(site: site, name: "service stopped past its leases on \(kind)")
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
