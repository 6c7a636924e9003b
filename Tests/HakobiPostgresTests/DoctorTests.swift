import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

/// Each wrong thing is made to happen on a real server, and the finding says what to do about it.
@Suite("the doctor names what is wrong with a server", .serialized, .timeLimit(.minutes(2)))
struct DoctorTests {
    let server: PostgresServer
    let database: String

    /// Its own: on the shared one the connections of other suites are something that a doctor finds.
    private static let own = Result { try PostgresServer() }

    init() throws {
        server = try Self.own.get()
        database = try server.database()
    }

    private func examine(
        _ rules: DoctorRules = DoctorRules(), migrates: Bool = true, url: String? = nil
    ) async throws -> [Finding] {
        let store = try await PostgresStore(
            url: url ?? server.url(database: database), options: PostgresOptions(migratesOnOpen: migrates))
        do {
            let findings = try await store.examine(by: rules)
            await store.close()
            return findings
        } catch {
            await store.close()
            throw error
        }
    }

    private func bad(_ findings: [Finding]) -> [String] { findings.filter { $0.level != .ok }.map(\.subject) }

    private func one(_ subject: String, _ findings: [Finding]) throws -> Finding {
        try #require(
            findings.first { $0.subject == subject && $0.level != .ok } ?? findings.first { $0.subject == subject })
    }

    @Test func aFreshServerIsWell() async throws {
        let findings = try await examine()
        #expect(bad(findings).isEmpty, "\(findings)")
        #expect(Set(findings.map(\.subject)).isSuperset(of: ["server", "durability", "horizon", "indexes", "pooler"]))
    }

    @Test func whatLosesJobs() async throws {
        let own = try PostgresServer(settings: ["fsync": "off", "full_page_writes": "off", "autovacuum": "off"])
        let findings = try await examine(url: own.url())
        #expect(bad(findings) == ["durability", "durability", "autovacuum"], "\(findings)")
        #expect(findings.filter { $0.subject == "durability" }.allSatisfy { $0.sentence.contains("ALTER SYSTEM SET") })
        #expect(findings.allSatisfy { $0.level != .warn })
    }

    @Test func settingsOfTheDatabase() async throws {
        try server.sql(
            """
            ALTER DATABASE \(database) SET synchronous_commit = off;
            ALTER DATABASE \(database) SET default_transaction_isolation = 'repeatable read'
            """)
        let findings = try await examine()
        #expect(bad(findings) == ["durability", "isolation"], "\(findings)")
        #expect(try one("isolation", findings).sentence.contains("repeatable read"))
        #expect(try one("durability", findings).sentence.contains("synchronous_commit is off"))
        // Work goes on all the same: our sessions set their own.
        let store = try await PostgresStore(url: server.url(database: database))
        let level = try await store.books.perform("test") { session throws(PostgresError) in
            let round = session.newRound()
            let step = round.add(
                Statement(
                    "levels", "SELECT current_setting('transaction_isolation'), current_setting('synchronous_commit')"))
            guard let row = try session.run(round)[step].first else { return "" }
            return "\(try row.text(0)), \(try row.text(1))"
        }
        #expect(level == "read committed, on")
        await store.close()
    }

    @Test func aDatabaseThatMayOnlyBeRead() async throws {
        _ = try await examine()
        try server.sql("ALTER DATABASE \(database) SET default_transaction_read_only = on")
        let error = await #expect(throws: StoreError.self) { try await examine(migrates: false) }
        #expect(error?.reason == .readOnly && error?.description.contains("may only be read") == true)
        // Who wants to look all the same is told.
        for change in [{ $0.isStandby = true }, { $0.settings["default_transaction_read_only"] = "on" }]
            as [(inout DoctorFacts) -> Void]
        {
            var facts = DoctorFacts()
            change(&facts)
            #expect(bad(DoctorRules().findings(facts)) == ["server"])
        }
    }

    @Test func whoHoldsTheHorizon() async throws {
        _ = try await examine()
        let holder = try connect(server.url(database: database), name: "report writer")
        _ = try holder.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        _ = try holder.run("SELECT 'a look at everything', count(*) FROM hakobi.live")
        let pid = try #require(try holder.run("SELECT pg_backend_pid()").first).int4(0)
        var rules = DoctorRules()
        #expect(try one("horizon", try await examine(rules)).level == .ok)
        rules.idleTransaction = .zero
        let finding = try one("horizon", try await examine(rules))
        #expect(finding.level == .fail)
        for words in [
            "process \(pid)", "(report writer", "idle in a transaction", "SELECT pg_backend_pid()",
            "pg_terminate_backend(\(pid))",
        ] {
            #expect(finding.sentence.contains(words), "\(finding.sentence)")
        }
        // A user without pg_read_all_stats sees who, but not for how long.
        try server.sql("CREATE ROLE \(database)_user LOGIN")
        let seen = try await examine(
            rules, migrates: false, url: server.url(database: database, user: "\(database)_user"))
        #expect(try one("horizon", seen).sentence.contains("process \(pid)"))
        #expect(try one("rights", seen).level == .fail)
        _ = try holder.run("ROLLBACK")
        #expect(try one("horizon", try await examine(rules)).level == .ok)
    }

    @Test func deadRowsAndHoles() async throws {
        _ = try await examine()
        try server.sql(
            """
            ALTER TABLE hakobi.claim SET (autovacuum_enabled = false);
            INSERT INTO hakobi.claim (owner, lease_until, ids) SELECT 1, 0, '{}' FROM generate_series(1, 5000);
            DELETE FROM hakobi.claim
            """, database: database)
        var rules = DoctorRules()
        rules.deadRows = 5000
        rules.bloatBytes = 1
        rules.bytesPerJob = 1
        // The server counts a moment later.
        var findings = try await examine(rules)
        for _ in 0..<100 where !bad(findings).contains("dead rows") {
            try await Task.sleep(for: .milliseconds(50))
            findings = try await examine(rules)
        }
        #expect(bad(findings) == ["autovacuum", "dead rows", "bloat"], "\(findings)")
        #expect(try one("dead rows", findings).sentence.contains("5000 in claim"))
    }

    @Test func indexesThatAreMissing() async throws {
        _ = try await examine()
        try server.sql("DROP INDEX hakobi.live_ready", database: database)
        let finding = try one("indexes", try await examine())
        #expect(finding.level == .fail)
        let statement = try #require(finding.sentence.split(separator: "`").last.map(String.init))
        try server.sql(statement, database: database)
        #expect(try one("indexes", try await examine()).level == .ok)
    }

    @Test func aPooler() async throws {
        _ = try await examine()
        let pooler = try Pooler(before: server)
        let findings = try await examine(url: pooler.url(database: database))
        #expect(bad(findings) == ["pooler"], "\(findings)")
    }

    @Test func aScriptThatAnOwnerRuns() async throws {
        let url = server.url(database: database)
        let closed = try await PostgresStore(url: url, options: PostgresOptions(migratesOnOpen: false))
        #expect(bad(try await closed.examine()).isEmpty)
        let script = try PostgresStore.migrationScript(for: url)
        await closed.close()
        try server.sql(script, database: database)
        try server.sql(
            """
            CREATE ROLE \(database)_app LOGIN; GRANT USAGE ON SCHEMA hakobi TO \(database)_app;
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA hakobi TO \(database)_app
            """, database: database)
        // Whoever works on it needs no right to make anything.
        let store = try await PostgresStore(url: server.url(database: database, user: "\(database)_app"))
        #expect(try await store.migrate() == (1, 1))
        #expect(bad(try await store.examine()).isEmpty)
        await store.close()
    }
}
