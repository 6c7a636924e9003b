import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiMySQL

@Suite("The tables of a MariaDB store", .serialized)
struct SchemaTests {
    @Test("ten who start at once on nothing make one set of tables", .timeLimit(.minutes(1)))
    func tenAtOnce() async throws {
        let server = try MariaDBServer.shared()
        let url = server.url(database: try server.database())
        let versions = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    let store = try MySQLStore(url: url, options: MySQLOptions(logger: quiet))
                    let found = try await store.schemaVersion()
                    await store.close()
                    return found.found
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(versions == Array(repeating: 1, count: 10))
    }

    @Test("what migrate prints makes the same tables, as schema.sql shows them", .timeLimit(.minutes(1)))
    func printed() async throws {
        let server = try MariaDBServer.shared()
        let (migrated, printed) = (try server.database(), try server.database())
        let store = try MySQLStore(url: server.url(database: migrated), options: MySQLOptions(logger: quiet))
        await store.close()
        try server.sql(try MySQLStore.migrationScript(for: server.url(database: printed)), database: printed)
        let dump = try Self.dump(server, migrated)
        #expect(try Self.dump(server, printed) == dump)
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/HakobiMySQL/schema.sql")
        if ProcessInfo.processInfo.environment["HAKOBI_WRITE_SCHEMA"] != nil {
            try dump.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == dump, "HAKOBI_WRITE_SCHEMA=1 writes it anew")
    }

    @Test("ten who wait to migrate leave as it is what the first has made, and calls go on", .timeLimit(.minutes(1)))
    func waiters() async throws {
        let place = try OwnDatabase()
        let first = try place.stranger()
        try first.run("DO GET_LOCK('hakobi \(place.name)', 0)")
        let stores = try (0..<10).map { _ in
            try MySQLStore(url: place.url, options: MySQLOptions(migratesOnOpen: false, logger: quiet))
        }
        let answers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for store in stores {
                group.addTask {
                    let (from, to) = try await store.migrate()
                    return [from, to]
                }
            }
            let count = """
                SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User lock' AND DB = DATABASE()
                """
            while try place.sql(count) != "10" { try await Task.sleep(for: .milliseconds(20)) }
            try place.sql(try MySQLStore.migrationScript(for: place.url))
            try place.sql("ALTER PROCEDURE hakobi_enqueue COMMENT 'the first'")
            try first.run("DO RELEASE_LOCK('hakobi \(place.name)')")
            var answers: [[Int]] = []
            while let answer = try await group.next() {
                answers.append(answer)
                try first.run("CALL hakobi_enqueue('k', '{}', NULL, NULL, NULL, NULL, NULL, @id)")
            }
            return answers
        }
        for store in stores { await store.close() }
        #expect(answers == Array(repeating: [1, 1], count: 10))
        let comment = """
            SELECT ROUTINE_COMMENT FROM information_schema.ROUTINES
            WHERE ROUTINE_NAME = 'hakobi_enqueue' AND ROUTINE_SCHEMA = DATABASE()
            """
        #expect(try place.sql(comment) == "the first")
    }

    @Test("who fails to migrate is in nobody's way", .timeLimit(.minutes(1)))
    func failure() async throws {
        let place = try OwnDatabase()
        let worker = try place.worker()
        try await place.withStore(user: worker, MySQLOptions(migratesOnOpen: false, logger: quiet)) { store in
            let error = await #expect(throws: StoreError.self) { _ = try await store.migrate() }
            #expect(error?.reason == .unsuitable)
            let isFree = try place.sql("SELECT IS_FREE_LOCK('hakobi \(place.name)')")
            #expect(isFree == "1")
        }
    }

    @Test("one who may not create anything can work once the tables are there", .timeLimit(.minutes(1)))
    func withoutRights() async throws {
        let place = try OwnDatabase()
        let worker = try place.worker()
        try await place.withStore { _ in }
        try await place.withStore(user: worker) { store in
            try await store.serve()
            let client = try place.stranger(user: worker)
            try client.run("CALL hakobi_enqueue('k', '{}', NULL, NULL, NULL, 'u', 'i', @id)")
            #expect(try store.insert([Sample.job()], on: client.handle) == [.inserted])
            let jobs = try await store.claim(Sample.demand())
            #expect(jobs.count == 2)
            let failed = Settlement(
                jobs[0].lease, .failed(error: "no", .after(.zero)), report: Sample.completion(jobs[0]).report)
            #expect(try await store.settle([failed]) == [.settled(followUps: [])])
            #expect(try await store.prune(Retention(completedAge: .zero), limit: 10) == 1)
            #expect(throws: Client.Failure.self) { try client.run("CREATE TABLE other (n INT)") }
        }
    }

    @Test("the release before works on the next one's tables, and not on what is beyond it", .timeLimit(.minutes(1)))
    func neighbours() async throws {
        let place = try OwnDatabase()
        try await place.withStore { store in
            try await store.serve()
            try place.sql("ALTER TABLE hakobi_job ADD COLUMN later TEXT")
            try place.sql("UPDATE hakobi_schema SET version = 2, oldest_writer = 1")
            try await store.serve()
            let version = try await store.schemaVersion()
            #expect(version == (2, 1))
        }
        try await place.withStore { store in
            try await store.serve()
            try place.stranger().run("CALL hakobi_enqueue('k', '{}', NULL, NULL, NULL, NULL, NULL, @id)")
            #expect(try await store.claim(Sample.demand()).count == 1)
        }
        try place.sql("UPDATE hakobi_schema SET version = 3, oldest_writer = 2")
        let error = #expect(throws: StoreError.self) {
            _ = try MySQLStore(url: place.url, options: MySQLOptions(logger: quiet))
        }
        #expect(error?.reason == .schema)
        let words = error?.description ?? ""
        #expect(words.contains("version 3") && !words.contains("\n"), "\(words)")
        try await place.withStore(MySQLOptions(migratesOnOpen: false, logger: quiet)) { store in
            await #expect(throws: StoreError.self) { _ = try await store.insert([Sample.job()]) }
        }
    }

    private static func dump(_ server: MariaDBServer, _ database: String) throws -> String {
        let names = try server.sql("SHOW TABLES", database: database).split(separator: "\n").sorted()
        let tables = try names.map { name in
            let line = try server.sql("SHOW CREATE TABLE \(name)", database: database)
            let text = line.split(separator: "\t", maxSplits: 1)[1].replacing("\\n", with: "\n")
            // A server's counters are not its shape.
            return text.replacing(#/ AUTO_INCREMENT=\d+/#, with: "") + ";\n"
        }
        return tables.joined(separator: "\n")
    }
}
