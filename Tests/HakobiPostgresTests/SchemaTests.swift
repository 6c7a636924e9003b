import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

@Suite("The schema of a PostgreSQL store")
struct SchemaTests {
    @Test("ten who start at once on nothing make one schema", .timeLimit(.minutes(1)))
    func tenAtOnce() async throws {
        let server = try PostgresServer.shared()
        let url = server.url("hakobi_schema=\(server.freshSchema())")
        let versions = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    let store = try await PostgresStore(url: url, options: PostgresOptions(listens: false))
                    let found = try await store.schemaVersion().found
                    await store.close()
                    return found
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(versions == Array(repeating: Schema.version, count: 10))
    }

    @Test("a schema keeps apart what another schema of the same database has")
    func twoSchemas() async throws {
        let kind = try Kind("work")
        let job = NewJob(id: JobID(high: 1 << 16 | 0x7000, low: 1 << 63), kind: kind, payload: Payload([]))
        try await withStore { first in
            _ = try await first.insert([job])
            try await withStore { second in
                let found = try await second.job(job.id)
                #expect(found == nil)
                let answers = try await second.insert([job])
                #expect(answers == [.inserted])
            }
        }
    }

    @Test("one who may not create anything can work once the tables are there")
    func withoutRights() async throws {
        let server = try PostgresServer.shared()
        let schema = server.freshSchema()
        let store = try await PostgresStore(url: server.url("hakobi_schema=\(schema)"))
        await store.close()
        try server.sql(
            """
            CREATE ROLE worker_\(schema) LOGIN;
            GRANT USAGE ON SCHEMA \(schema) TO worker_\(schema);
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO worker_\(schema)
            """)
        let worker = try await PostgresStore(url: server.url(user: "worker_\(schema)", "hakobi_schema=\(schema)"))
        let job = NewJob(
            id: JobID(high: 1 << 16 | 0x7000, low: 1 << 63), kind: try Kind("work"), payload: Payload([]),
            uniqueKey: UniqueKey(try JobKey("key")))
        let answers = try await worker.insert([job])
        #expect(answers == [.inserted])
        await worker.close()
    }

    @Test("the release before works on the next one's tables, and not on what is beyond it")
    func neighbours() async throws {
        let server = try PostgresServer.shared()
        let schema = server.freshSchema()
        let url = server.url("hakobi_schema=\(schema)")
        func serve(_ store: PostgresStore, _ number: UInt64) async throws {
            let job = NewJob(
                id: JobID(high: number << 16 | 0x7000, low: 1 << 63), kind: try Kind("k"), payload: Payload([]))
            #expect(try await store.insert([job]) == [.inserted])
            let owner = Owner(node: "n", boot: "b", incarnation: "i")
            let claimed = try await store.claim(
                Demand(queues: .all, kinds: [job.kind], slots: 1, lonelySlots: 0, lease: .seconds(60), owner: owner))
            let report = AttemptReport(host: "h", pid: 1, generation: 0, release: "", ran: .zero)
            let settlements = claimed.map { Settlement($0.lease, .completed(result: nil), report: report) }
            #expect(try await store.settle(settlements) == [.settled(followUps: [])])
        }
        try await withStore(url: url) { store in
            try await serve(store, 1)
            let later = ["live", "finished"].map { "ALTER TABLE \(schema).\($0) ADD COLUMN later text;" }
            try server.sql(later.joined() + "UPDATE \(schema).schema_version SET version = 2, oldest_writer = 1")
            try await serve(store, 2)
            let version = try await store.schemaVersion()
            #expect(version == (2, 1))
        }
        try await withStore(url: url) { store in try await serve(store, 3) }
        try server.sql("UPDATE \(schema).schema_version SET version = 3, oldest_writer = 2")
        let error = await #expect(throws: StoreError.self) { try await withStore(url: url) { _ in } }
        #expect(error?.reason == .schema)
        let words = error?.description ?? ""
        #expect(words.contains("version 3") && words.contains("version 1") && !words.contains("\n"), "\(words)")
    }

    @Test("schema.sql shows the tables as they are")
    func dump() async throws {
        let server = try PostgresServer.shared()
        let schema = server.freshSchema()
        try await withStore(url: server.url("hakobi_schema=\(schema)")) { _ in }
        let found = try server.sql(Self.catalogue.replacingOccurrences(of: "SCHEMA", with: schema))
            .replacingOccurrences(of: "\(schema).", with: "hakobi.").trimmingCharacters(in: .newlines)
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/HakobiPostgres/schema.sql").standardized
        if ProcessInfo.processInfo.environment["HAKOBI_WRITE_SCHEMA"] != nil {
            try Data((found + "\n").utf8).write(to: file)
        }
        let written = try String(decoding: Data(contentsOf: file), as: UTF8.self).trimmingCharacters(in: .newlines)
        #expect(written == found, "run this test with HAKOBI_WRITE_SCHEMA=1 and look at what changed")
    }

    /// Tables with their columns, indexes and settings, then functions, each in the order of its name.
    private static let catalogue = """
        SELECT 'TABLE hakobi.' || c.relname || E' (\n' || string_agg('    ' || a.attname || ' '
            || format_type(a.atttypid, a.atttypmod)
            || coalesce((SELECT ' COLLATE "' || collname || '"' FROM pg_collation AS k
                WHERE k.oid = a.attcollation AND k.collname <> 'default'), '')
            || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
            || CASE a.attidentity WHEN 'a' THEN ' GENERATED ALWAYS AS IDENTITY' ELSE '' END
            || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), ''), E',\n' ORDER BY a.attnum) || E'\n)'
            || coalesce(E'\nWITH (' || array_to_string(c.reloptions, ', ') || ')', '')
            || coalesce(E'\n' || (SELECT string_agg(pg_get_indexdef(i.indexrelid), E'\n' ORDER BY i.indexrelid::regclass::text)
                FROM pg_index AS i WHERE i.indrelid = c.oid), '') || E'\n'
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'SCHEMA'::regnamespace AND c.relkind = 'r' GROUP BY c.oid, c.relname, c.reloptions
        ORDER BY c.relname;
        SELECT 'FUNCTION hakobi.' || p.proname || '(' || pg_get_function_arguments(p.oid) || ') RETURNS '
            || pg_get_function_result(p.oid)
        FROM pg_proc AS p WHERE p.pronamespace = 'SCHEMA'::regnamespace ORDER BY p.proname
        """
}
