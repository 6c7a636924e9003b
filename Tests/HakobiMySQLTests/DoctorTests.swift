import HakobiCore
import Servers
import Testing

@testable import HakobiMySQL

/// Each wrong thing is made to happen on a real server, and the finding says what to do about it.
@Suite("The doctor names what is wrong with a MariaDB server", .serialized, .timeLimit(.minutes(2)))
struct DoctorTests {
    let server: MariaDBServer
    let database: String

    init() throws {
        server = try MariaDBServer.shared()
        database = try server.database()
    }

    private func examine(
        _ rules: DoctorRules = DoctorRules(), migrates: Bool = true, url: String? = nil
    ) async throws -> [Finding] {
        let store = try MySQLStore(
            url: url ?? server.url(database: database),
            options: MySQLOptions(migratesOnOpen: migrates, logger: quiet))
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
        try #require(findings.first { $0.subject == subject })
    }

    @Test func aFreshServerIsWell() async throws {
        let findings = try await examine()
        #expect(bad(findings).isEmpty, "\(findings)")
        #expect(
            findings.map(\.subject) == [
                "server", "durability", "isolation", "oldest transaction", "history list", "indexes", "rights",
                "packet",
                "connections",
            ])
        #expect(try one("server", findings).sentence.contains("MariaDB"))
        #expect(try one("indexes", findings).sentence == "all 10 are there")
    }

    @Test func whatLosesJobs() async throws {
        let own = try MariaDBServer(settings: [
            "innodb-flush-log-at-trx-commit": "2", "innodb-doublewrite": "OFF", "log-bin": "binary", "sync-binlog": "0",
            "binlog-format": "STATEMENT", "transaction-isolation": "SERIALIZABLE", "max-allowed-packet": "1M",
        ])
        let findings = try await examine(migrates: false, url: own.url(database: try own.database()))
        #expect(
            bad(findings) == [
                "durability", "durability", "durability", "isolation", "binary log", "packet",
            ], "\(findings)")
        for (index, name) in ["innodb_flush_log_at_trx_commit", "innodb_doublewrite", "sync_binlog"].enumerated() {
            #expect(findings.filter { $0.subject == "durability" }[index].sentence.contains("\(name) = "))
        }
        #expect(try one("isolation", findings).level == .warn)
        #expect(try one("binary log", findings).sentence.contains("SET GLOBAL binlog_format = 'MIXED'"))
    }

    @Test func aServerThatMayOnlyBeReadOrIsRepaired() throws {
        for (name, value) in [("read_only", "ON"), ("innodb_force_recovery", "3")] {
            var facts = DoctorFacts()
            facts.isolation = "READ-COMMITTED"
            facts.settings[name] = value
            #expect(bad(DoctorRules().findings(facts)).contains("server"))
        }
    }

    @Test func whatAProxyHasSet() throws {
        var facts = DoctorFacts()
        facts.isolation = "REPEATABLE-READ"
        let finding = try one("isolation", DoctorRules().findings(facts))
        #expect(finding.level == .fail && finding.sentence.contains("REPEATABLE-READ"))
    }

    @Test func whoHoldsTheOldestView() async throws {
        _ = try await examine()
        let holder = try connect(server.url(database: database))
        try holder.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", commits: false)
        try holder.run("START TRANSACTION WITH CONSISTENT SNAPSHOT", commits: false)
        try holder.run("SELECT COUNT(*) FROM hakobi_job", commits: false)
        var rules = DoctorRules()
        // The server shows its transactions as they were a tenth of a second ago.
        try await Task.sleep(for: .milliseconds(150))
        #expect(try one("oldest transaction", try await examine(rules)).level == .ok)
        rules.idleTransaction = .zero
        let finding = try one("oldest transaction", try await examine(rules))
        #expect(finding.level == .fail)
        for words in ["session \(holder.session) (user hakobi", "idle in a transaction", "`KILL \(holder.session)`"] {
            #expect(finding.sentence.contains(words), "\(finding.sentence)")
        }
        rules.history = 0
        #expect(try one("history list", try await examine(rules)).level == .fail)
        try holder.run("ROLLBACK", commits: false)
    }

    @Test func indexesThatAreMissing() async throws {
        _ = try await examine()
        try server.sql("DROP INDEX by_order ON hakobi_job", database: database)
        let finding = try one("indexes", try await examine())
        #expect(finding.level == .fail && finding.sentence.contains("by_order of hakobi_job"))
        let statement = try #require(finding.sentence.split(separator: "`").last.map(String.init))
        try server.sql(statement, database: database)
        #expect(try one("indexes", try await examine()).level == .ok)
    }

    @Test func rightsThatAreMissing() async throws {
        _ = try await examine()
        try server.sql(
            """
            CREATE USER \(database)_user@'127.0.0.1' IDENTIFIED BY 'poor';
            GRANT SELECT, INSERT, DELETE ON \(database).* TO \(database)_user@'127.0.0.1'
            """)
        let url = server.url(database: database, user: "\(database)_user", password: "poor")
        let findings = try await examine(migrates: false, url: url)
        #expect(bad(findings) == ["oldest transaction", "indexes", "rights"], "\(findings)")
        #expect(try one("oldest transaction", findings).sentence.contains("GRANT PROCESS"))
        let rights = try one("rights", findings)
        #expect(rights.level == .fail && rights.sentence.contains("UPDATE on hakobi_schema"), "\(rights)")
        try server.sql("GRANT UPDATE ON \(database).* TO \(database)_user@'127.0.0.1'")
        #expect(bad(try await examine(migrates: false, url: url)) == ["oldest transaction"])
    }
}
