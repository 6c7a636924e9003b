import Foundation
import GRDB
import HakobiCore
import Testing

@testable import HakobiSQLite

@Suite("The schema moves without stopping anybody", .timeLimit(.minutes(2)))
struct SchemaTests {
    @Test("schema.sql shows what the migrations make")
    func dump() async throws {
        let found = try await withStore { store, _ in
            try await store.writes.submit("test") { session throws(StoreError) in
                try session.connection.prepare(.dumpSchema).all { row in row.text(0) + ";\n" }.joined(separator: "\n")
            }
        }
        let source = URL(filePath: #filePath).appending(path: "../../../Sources/HakobiSQLite/schema.sql").standardized
        if ProcessInfo.processInfo.environment["UPDATE_SCHEMA"] != nil {
            try found.write(to: source, atomically: true, encoding: .utf8)
        }
        #expect(
            try String(contentsOf: source, encoding: .utf8) == found, "run with UPDATE_SCHEMA=1 and look at the change")
    }

    @Test("this release runs on the next one's schema, if that allows it")
    func nextSchema() async throws {
        try await withStore { store, directory in
            try await store.execute(
                "UPDATE hakobi_schema SET version = 2, oldest_writer = 1; ALTER TABLE hakobi_job ADD COLUMN later TEXT")
            let again = try SQLiteStore(path: directory.file())
            #expect(try await again.insert([Sample.job()]) == [.inserted])
            #expect(try await again.completeAll(again.claim(Sample.demand(1))) == [.settled(followUps: [])])
            let version = try await again.schemaVersion()
            #expect(version == (2, 1))
            await again.close()
        }
    }

    @Test("a schema that is too new is refused by name")
    func tooNew() async throws {
        try await withStore { store, directory in
            try await store.execute("UPDATE hakobi_schema SET version = 3, oldest_writer = 2")
            let error = try #require(throws: StoreError.self) { _ = try SQLiteStore(path: directory.file()) }
            #expect(error.reason == .schema)
            #expect(error.description.contains("version 3") && error.description.contains("version 1"), "\(error)")
        }
    }

    @Test("without migrating on open, work waits for migrate()")
    func explicit() async throws {
        try await withStore(SQLiteOptions(migratesOnOpen: false)) { store, _ in
            let version = try await store.schemaVersion()
            #expect(version == (0, 1))
            let error = await #expect(throws: StoreError.self) { _ = try await store.insert([Sample.job()]) }
            #expect(error?.reason == .schema)
            let (first, second) = (try await store.migrate(), try await store.migrate())
            #expect(first == (0, 1) && second == (1, 1))
            #expect(try await store.insert([Sample.job()]) == [.inserted])
        }
    }

    @Test("many may start at once on nothing")
    func together() async throws {
        let directory = TemporaryDirectory()
        let answers = try await withThrowingTaskGroup(of: [Insertion].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let store = try SQLiteStore(path: directory.file())
                    let answer = try await store.insert([Sample.job()])
                    await store.close()
                    return answer
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers == Array(repeating: .inserted, count: 8))
    }

    @Test("the switch to WAL waits for a writer, where SQLite itself says busy at once")
    func switching() async throws {
        let directory = TemporaryDirectory()
        let other = try DatabaseQueue(path: directory.file())
        try await other.write { try $0.execute(sql: "CREATE TABLE application (a)") }
        let begun = AsyncStream.makeStream(of: Void.self)
        async let writing: Void = other.writeWithoutTransaction { database in
            try database.inTransaction(.immediate) {
                begun.continuation.finish()
                // A transaction that takes a while: nobody can see that another waits.
                Thread.sleep(forTimeInterval: 0.1)
                return .commit
            }
        }
        for await _ in begun.stream {}
        let store = try SQLiteStore(path: directory.file())
        #expect(try await store.insert([Sample.job()]) == [.inserted])
        await store.close()
        try await writing
    }

    @Test("and not for ever", .timeLimit(.minutes(1)))
    func notForEver() async throws {
        let directory = TemporaryDirectory()
        let other = try DatabaseQueue(path: directory.file())
        try await other.writeWithoutTransaction { database in
            try database.execute(sql: "CREATE TABLE application (a); BEGIN EXCLUSIVE")
            let begin = ContinuousClock.now
            let error = #expect(throws: StoreError.self) {
                _ = try SQLiteStore(path: directory.file(), options: SQLiteOptions(busyTimeout: .milliseconds(50)))
            }
            #expect(error?.reason == .busy && ContinuousClock.now - begin >= .milliseconds(50))
            try database.execute(sql: "ROLLBACK")
            #expect(try database.tableExists("hakobi_schema") == false)
        }
    }

    @Test("every statement has a text of its own that SQLite understands")
    func statements() async throws {
        try await withStore { store, _ in
            try await store.writes.submit("test") { session throws(StoreError) in
                for statement in Statements.allCases { _ = try session.connection.prepare(statement) }
            }
        }
        // The last of each group is its `default`: a forgotten one would share that text.
        let texts = Dictionary(grouping: Statements.allCases, by: \.text)
        #expect(texts.values.filter { $0.count > 1 }.isEmpty)
    }

    @Test("SQL is among the statements and the migrations only")
    func oneHome() throws {
        let module = URL(filePath: #filePath).appending(path: "../../../Sources/HakobiSQLite").standardized
        let words = ["SELECT ", "INSERT ", "UPDATE hak", "DELETE FROM", "CREATE TABLE", "PRAGMA main", "BEGIN IMM"]
        let files = try FileManager.default.contentsOfDirectory(at: module, includingPropertiesForKeys: nil)
        for file in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in words { #expect(!text.contains(word), "\(file.lastPathComponent) holds \"\(word)\"") }
        }
    }
}
