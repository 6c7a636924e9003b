import Foundation
import Servers
import Testing

@testable import HakobiCommand

@Suite("A store on a server, from the command line", .serialized, .timeLimit(.minutes(2)))
struct ServerStoreTests {
    let folder: Folder
    let server: PostgresServer
    let database: String

    init() throws {
        folder = try Folder()
        server = try PostgresServer.shared()
        database = try server.database()
    }

    private func url(user: String = "postgres", _ options: String = "") -> String {
        server.url(database: database, user: user, options)
    }

    /// One sentence, a status, and these words.
    private func expect(_ store: String, _ status: Int32, _ words: String) async throws {
        for verb in [["enqueue", "a"], ["jobs"], ["doctor"]] {
            let run = try await Running(Built.hakobi, verb + ["--store", store], in: folder).end()
            #expect(
                run.status == status && run.errors.count == 1 && run.output.isEmpty,
                "\(verb): \(run.output)\(run.error)")
            #expect(run.error.hasPrefix("hakobi: ") && run.error.contains(words), "\(verb): \(run.error)")
            #expect(!run.error.contains("secret"), "\(verb): \(run.error)")
        }
    }

    @Test func aURLThatDoesNotRead() async throws {
        try await expect("postgres://app:secret@[::1/x", 64, "cannot be read")
        try await expect("postgres://app:secret@host/x?hakobi_scheme=a", 64, "has no option \"hakobi_scheme\"")
        try await expect("postgres://app:secret@host/x?sslmod=require", 64, "sslmod")
    }

    @Test func whoIsNotLetIn() async throws {
        try server.sql("CREATE ROLE locked LOGIN PASSWORD 'right'")
        let wrong = server.url(database: database, user: "locked:secret")
        try await expect(wrong, 69, "refuses the password of user locked")
        try await expect(server.url(database: "nowhere"), 69, "there is no database \"nowhere\"")
        try await expect(server.url(database: database, user: "rejected"), 69, "does not let user rejected in")
        try await expect(url("sslmode=require"), 69, "no TLS with the server")
        try await expect("postgres://127.0.0.1:1/x", 69, "no server answers at 127.0.0.1:1")
    }

    @Test func aServiceThatComesUpBeforeItsDatabaseWaitsForIt() async throws {
        let own = try PostgresServer()
        let store = own.url(database: try own.database())
        try own.kill()
        let once = try await hakobi("up", "--once", "--store", store, in: folder, program: Built.fixture)
        #expect(once.status == 69 && once.errors.count == 1, "\(once.error)")
        let services = try (0..<2).map { _ in
            try Running(Built.fixture, ["up", "--store", store, "--processes", "1"], in: folder)
        }
        for service in services { await until { service.error.contains("the service waits until postgres://") } }
        // Told to end while it waits, it ends.
        services[0].send(SIGTERM)
        #expect(await services[0].end(within: 20).status != -9, "\(services[0].error)")
        try own.start()
        await until { services[1].error.contains("ready") }
        #expect(services[1].error.contains("is back"), "\(services[1].error)")
        services[1].send(SIGTERM)
        #expect(await services[1].end().status == 0, "\(services[1].error)")
    }

    @Test func whoLacksRights() async throws {
        #expect(try await hakobi("migrate", "--store", url(), in: folder).lines == ["schema 0 -> 1"])
        #expect(try await hakobi("migrate", "--store", url(), in: folder).lines == ["schema 1: nothing to do"])
        try server.sql("CREATE ROLE \(database)_app LOGIN")
        let store = url(user: "\(database)_app")
        let run = try await hakobi("enqueue", "a", "--store", store, in: folder)
        #expect(run.status == 69 && run.errors.count == 1 && run.error.contains("lacks a right"), "\(run.error)")
        let doctor = try await hakobi("doctor", "--store", store, in: folder)
        #expect(doctor.status == 3 && doctor.output.contains("fail  rights"), "\(doctor.output)\(doctor.error)")
    }

    @Test func aServerThatMayOnlyBeRead() async throws {
        try server.sql("ALTER DATABASE \(database) SET default_transaction_read_only = on")
        try await expect(url(), 69, "may only be read")
    }

    @Test func theDoctorSaysWhatIsWrong() async throws {
        let none = try await hakobi("doctor", "--store", url(), in: folder)
        #expect(none.status == 3 && none.output.contains("run `hakobi migrate`"), "\(none.output)\(none.error)")
        let script = try await hakobi("migrate", "--print", "--store", url(), in: folder)
        #expect(script.status == 0 && script.output.contains("CREATE TABLE"))
        try server.sql(script.output, database: database)
        let well = try await hakobi("doctor", "--store", url(), in: folder)
        #expect(well.status == 0, "\(well.output)\(well.error)")
        try server.sql(
            "ALTER DATABASE \(database) SET synchronous_commit = off; DROP INDEX hakobi.live_ready", database: database)
        let bad = try await hakobi("doctor", "--json", "--store", url(), in: folder)
        let failed = try bad.objects().filter { $0["level"] as? String == "fail" }.compactMap {
            $0["subject"] as? String
        }
        #expect(bad.status == 3 && failed == ["durability", "indexes"], "\(bad.output)\(bad.error)")
    }

    @Test func aServiceIsNamedInTheListOfSessionsAndLetsGoAtRest() async throws {
        let service = try Running(
            Built.hakobi,
            [
                "up", "--exec", "a=cat", "--processes", "1", "--store", url(), "--set", "node=web-1", "--idle-close",
                "3s",
                "--poll-interval", "8s",
            ], in: folder)
        func sessions() throws -> String {
            try server.sql(
                "SELECT string_agg(application_name, ',' ORDER BY 1) FROM pg_stat_activity WHERE datname = '\(database)'"
            )
        }
        // Both are there for the first three seconds: a look takes a part of one, on a busy machine more.
        #expect(try await until { try sessions() == "hakobi web-1 books,hakobi web-1 take" })
        #expect(try await until { try sessions().isEmpty })
        let made = try await hakobi("enqueue", "a", "--store", url(), in: folder)
        #expect(made.status == 0)
        #expect(
            try await until { try server.sql("SELECT count(*) FROM hakobi.finished", database: database) == "1" })
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
    }
}
