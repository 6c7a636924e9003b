import Foundation
import HakobiCore
import HakobiMySQL
import Servers
import Testing

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
