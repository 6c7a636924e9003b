import Foundation
import Servers
import Testing

@Suite("A store on MariaDB, from the command line", .serialized, .timeLimit(.minutes(2)))
struct MariaDBStoreTests {
    let folder: Folder
    let server: MariaDBServer
    let database: String

    init() throws {
        folder = try Folder()
        server = try MariaDBServer.shared()
        database = try server.database()
    }

    private var url: String { server.url(database: database) }

    /// One sentence, a status, and these words.
    private func expect(_ store: String, _ status: Int32, _ words: String) async throws {
        for verb in [["enqueue", "a"], ["jobs"], ["doctor"]] {
            let run = try await Running(Built.hakobi, verb + ["--store", store], in: folder).end()
            #expect(
                run.status == status && run.errors.count == 1 && run.output.isEmpty,
                "\(verb): \(run.output)\(run.error)")
            #expect(run.error.hasPrefix("hakobi: ") && run.error.contains(words), "\(verb): \(run.error)")
            #expect(!run.error.contains("hidden"), "\(verb): \(run.error)")
        }
    }

    @Test func aURLThatDoesNotRead() async throws {
        try await expect("mysql://app:hidden@host:99999/x", 64, "not a number from 1 to 65535")
        try await expect("mysql://app:hidden@host/x?prefix=a", 64, "no option \"prefix\"")
    }

    @Test func whoIsNotLetIn() async throws {
        try await expect(server.url(database: database, password: "hidden"), 69, "refuses user hakobi")
        try await expect(server.url(database: "nowhere"), 69, "there is no database \"nowhere\"")
        try await expect(server.url(database: database, "tls=require"), 69, "TLS was refused")
        try await expect("mysql://app:hidden@127.0.0.1:1/x", 69, "cannot be reached")
    }

    @Test func whoLacksRights() async throws {
        #expect(try await hakobi("migrate", "--store", url, in: folder).lines == ["schema 0 -> 1"])
        #expect(try await hakobi("migrate", "--store", url, in: folder).lines == ["schema 1: nothing to do"])
        try server.sql(
            """
            CREATE USER \(database)_app@'127.0.0.1' IDENTIFIED BY 'app';
            GRANT SELECT ON \(database).* TO \(database)_app@'127.0.0.1'
            """)
        let store = server.url(database: database, user: "\(database)_app", password: "app")
        let run = try await hakobi("enqueue", "a", "--store", store, in: folder)
        #expect(run.status == 69 && run.errors.count == 1 && run.error.contains("lacks a right"), "\(run.error)")
        let doctor = try await hakobi("doctor", "--store", store, in: folder)
        #expect(doctor.status == 3 && doctor.output.contains("fail  rights"), "\(doctor.output)\(doctor.error)")
    }

    @Test func theDoctorSaysWhatIsWrong() async throws {
        let none = try await hakobi("doctor", "--store", url, in: folder)
        #expect(none.status == 3 && none.output.contains("run `hakobi migrate`"), "\(none.output)\(none.error)")
        let script = try await hakobi("migrate", "--print", "--store", url, in: folder)
        #expect(script.status == 0 && script.output.contains("CREATE TABLE"))
        try server.sql(script.output, database: database)
        let well = try await hakobi("doctor", "--store", url, in: folder)
        #expect(well.status == 0, "\(well.output)\(well.error)")
        try server.sql("DROP INDEX by_expiry ON hakobi_idempotency", database: database)
        let bad = try await hakobi("doctor", "--json", "--store", url, in: folder)
        let failed = try bad.objects().filter { $0["level"] as? String == "fail" }.compactMap {
            $0["subject"] as? String
        }
        #expect(bad.status == 3 && failed == ["indexes"], "\(bad.output)\(bad.error)")
        // Without this one jobs cannot even be counted.
        try server.sql("DROP INDEX by_order ON hakobi_job", database: database)
        let worse = try await hakobi("doctor", "--store", url, in: folder)
        #expect(worse.status == 3 && worse.output.contains("fail  store"), "\(worse.output)\(worse.error)")
    }

    /// The call of docs/how-to/mariadb.md that says everything.
    @Test func whatOtherLanguagesEnqueueHasAllThatTheyTold() async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.deletingLastPathComponent().appending(path: "docs/how-to/mariadb.md"), encoding: .utf8)
        let call = try #require(page.components(separatedBy: "```").first { $0.contains("CALL hakobi_enqueue_job(") })
        #expect(try await hakobi("migrate", "--store", url, in: folder).status == 0)
        #expect(try server.sql(call, database: database).hasPrefix("0\t"))
        // The same request again: not kept, and who stands for it.
        #expect(try server.sql(call, database: database).hasPrefix("1\t"))
        let shown = try await hakobi(
            "show", "0198c0de-0000-7000-8000-000000000001", "--json", "--store", url, in: folder)
        let job = try shown.object()
        #expect(job["kind"] as? String == "send-welcome" && job["queue"] as? String == "mail", "\(shown.output)")
        #expect(job["payload"] as? [String: String] == ["to": "ann"] && job["priority"] as? Int == 7)
        #expect(job["maxFailures"] as? Int == 5 && job["metadata"] as? [String: String] == ["tenant": "acme"])
        #expect(job["timeoutSeconds"] as? Double == 30 && job["hardLimitSeconds"] as? Double == 300)
        #expect(job["idempotencyKey"] as? String == "order 42" && job["uniqueKey"] as? String == "ann")
        let counts = try await hakobi("stats", "--json", "--store", url, in: folder).object()
        let queues = try #require(counts["queues"] as? [[String: Any]])
        #expect(queues.first?["scheduled"] as? Int == 1, "\(counts)")
    }

    /// The server tells nobody: what SQL enqueues is found by polling alone.
    @Test func aSteadyTrickleIsFoundSoonerThanByTheClock() async throws {
        let service = try Running(
            Built.hakobi, ["up", "--exec", "a=cat", "--processes", "1", "--store", url, "--poll-interval", "2s"],
            in: folder)
        await until { service.error.contains("ready") }
        func done(_ count: Int) async -> Bool {
            await until { service.error.components(separatedBy: "job completed").count - 1 == count }
        }
        let call = "CALL hakobi_enqueue('a', '', NULL, NULL, NULL, NULL, NULL, @id)"
        // The first one waits for the clock; the others would, too: for a second on average.
        try server.sql(call, database: database)
        #expect(await done(1))
        // A machine that is busy elsewhere for half a second breaks off a trickle, so there are three at most.
        var means: [Double] = []
        while means.count < 3, means.allSatisfy({ $0 >= 500 }) {
            for _ in 1...15 {
                try server.sql(call, database: database)
                // It trickles.
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(await done(16 + 15 * means.count))
            let waits = try server.sql(
                "SELECT ROUND((claimed - created) / 1000) FROM hakobi_job WHERE place = -3 ORDER BY created",
                database: database)
            let milliseconds = waits.split(separator: "\n").compactMap { Double($0) }
            #expect(milliseconds.count == 16 + 15 * means.count)
            means.append(milliseconds.suffix(15).reduce(0, +) / 15)
            print("a trickle on MariaDB waited for \(milliseconds.suffix(15).map { Int($0) }) ms")
        }
        #expect(means.contains { $0 < 500 }, "\(means)")
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
    }
}
