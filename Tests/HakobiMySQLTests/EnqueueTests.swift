import Foundation
import HakobiCore
import HakobiMySQL
import Servers
import Testing

/// Jobs from any client's own transaction, as docs/how-to/mariadb.md says.
@Suite("Enqueue by SQL", .serialized)
struct EnqueueTests {
    @Test(
        "the page's statements enqueue jobs that can be claimed; rolled back, they leave nothing",
        .timeLimit(.minutes(1)))
    func page() async throws {
        let blocks = try Self.blocks()
        #expect(blocks.count == 2)
        try await withPlace { store, sql in
            _ = try sql("START TRANSACTION; \(blocks[0]) ROLLBACK;")
            let none = try await store.stats()
            #expect(none.lanes.isEmpty)
            let id = try sql("START TRANSACTION; \(blocks[0]) COMMIT; SELECT @id;")
            _ = try sql(blocks[1])
            let jobs = try await store.claim(try Self.demand())
            #expect(jobs.count == 2)
            #expect(jobs.first?.lease.job.description == id)
            #expect(jobs.allSatisfy { $0.payload.bytes == Array(#"{"to":"ann"}"#.utf8) && $0.priority == 5 })
        }
    }

    @Test("a key that is taken answers the job that has it", .timeLimit(.minutes(1)))
    func keys() async throws {
        try await withPlace { store, sql in
            let call = "CALL hakobi_enqueue('k', 'p', NULL, NULL, NULL, 'unique', 'once', @id); SELECT @id;"
            let first = try sql(call)
            #expect(try sql(call) == first)
            #expect(try sql(call.replacing("'once'", with: "NULL")) == first)
            #expect(try sql(call.replacing("'unique'", with: "NULL")) == first)
            let stats = try await store.stats()
            #expect(stats.states[.available] == 1)
        }
    }

    @Test("what no job may be is refused with a sentence", .timeLimit(.minutes(1)))
    func refusals() async throws {
        try await withPlace { _, sql in
            for (call, word) in [
                ("NULL, 'p', NULL, NULL, NULL", "a kind has"), ("'k', NULL, NULL, NULL, NULL", "a payload has"),
                ("'k', 'p', 'a b', NULL, NULL", "a queue name has"), ("'k', 'p', NULL, NULL, 10", "outside 0...9"),
            ] {
                #expect {
                    try sql("CALL hakobi_enqueue(\(call), NULL, NULL, @id)")
                } throws: { "\($0)".contains(word) }
            }
        }
    }

    private static func demand() throws -> Demand {
        Demand(
            queues: .all, kinds: [try Kind("send-welcome")], slots: 10, lonelySlots: 0, lease: .seconds(60),
            owner: Owner(node: "n", boot: "b", incarnation: "i"))
    }

    private static func blocks() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.deletingLastPathComponent().appending(path: "docs/how-to/mariadb.md"), encoding: .utf8)
        return page.components(separatedBy: "```sql\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    /// A store in a database of its own, with its tables under their usual names.
    private func withPlace(
        _ body: (MySQLStore, (String) throws -> String) async throws -> Void
    ) async throws {
        let server = try MariaDBServer.shared()
        let database = try server.database()
        let store = try MySQLStore(url: server.url(database: database), options: MySQLOptions(logger: quiet))
        do {
            try await body(store) { try server.sql($0, database: database) }
            await store.close()
        } catch {
            await store.close()
            throw error
        }
    }
}
