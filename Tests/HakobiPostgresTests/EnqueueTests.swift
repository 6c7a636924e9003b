import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

@Suite("Enqueue from anywhere, in one's own transaction")
struct EnqueueTests {
    /// A caller's own connection, by the library of the caller's choice.
    private struct Own: PostgresTransaction {
        let connection: Connection

        func rows(_ sql: String, _ values: [String?]) async throws -> [[String?]] {
            let rows = try connection.run(sql) { p in for value in values { p.text(value) } }
            return rows.map { row in [row.textOrNil(0), row.textOrNil(1)] }
        }
    }

    private func own(_ url: String, _ end: Statement, _ body: (Own) async throws -> Void) async throws {
        let connection = try connect(url)
        let begin = connection.newRound()
        begin.add(.begin)
        _ = try connection.run(begin)
        try await body(Own(connection: connection))
        let round = connection.newRound()
        round.add(end)
        _ = try connection.run(round)
    }

    private func job(_ number: UInt64, key: String? = nil) throws -> NewJob {
        NewJob(
            id: JobID(high: number << 16 | 0x7000, low: 1 << 63), kind: try Kind("work"),
            payload: Payload([0, 1, 255], codec: .raw), uniqueKey: try key.map { UniqueKey(try JobKey($0)) },
            metadata: ["a": "b"])
    }

    @Test("what is committed is there, what is rolled back leaves nothing", .timeLimit(.minutes(1)))
    func transaction() async throws {
        let server = try PostgresServer.shared()
        let url = server.url("hakobi_schema=\(server.freshSchema())")
        try await withStore(url: url) { store in
            let (kept, undone, twin) = (try job(1, key: "k"), try job(2), try job(3, key: "k"))
            try await own(url, .rollback) { own in
                let answers = try await store.insert([undone], on: own)
                #expect(answers == [.inserted])
            }
            try await own(url, .commit) { own in
                let answers = try await store.insert([kept, twin], on: own)
                #expect(answers == [.inserted, .existing(kept.id)])
            }
            let gone = try await store.job(undone.id)
            #expect(gone == nil)
            let demand = Demand(
                queues: .all, kinds: [kept.kind], slots: 5, lonelySlots: 0, lease: .seconds(60),
                owner: Owner(node: "n", boot: "b", incarnation: "i"))
            let claimed = try await store.claim(demand)
            #expect(claimed.map(\.lease.job) == [kept.id])
            #expect(claimed.first?.payload == kept.payload)
            #expect(claimed.first?.metadata == kept.metadata)
        }
    }

    @Test("the SQL function keeps a job, answers its id, and wakes who waits", .timeLimit(.minutes(1)))
    func function() async throws {
        let server = try PostgresServer.shared()
        let schema = server.freshSchema()
        try await withStore(url: server.url("hakobi_schema=\(schema)")) { store in
            let hints = store.hints()
            let answer = try server.sql(
                """
                SELECT \(schema).enqueue('mail', '{"to": 1}', queue => 'post', priority => 7, unique_key => 'u') AS id,
                \(schema).enqueue('mail', unique_key => 'u')
                """)
            let ids = answer.split(whereSeparator: { $0 == "|" || $0.isNewline }).map(String.init)
            #expect(ids.count == 2 && ids.first == ids.last)
            for await _ in hints { break }
            let found = try await store.job(try #require(JobID(ids.first ?? "")))
            let record = try #require(found)
            #expect(record.kind.description == "mail" && record.queue.description == "post" && record.priority == 7)
            #expect(record.payload == Payload(Array(#"{"to": 1}"#.utf8)))
            #expect(throws: (any Error).self) { try server.sql("SELECT \(schema).enqueue('mail', priority => 10)") }
            #expect(throws: (any Error).self) {
                try server.sql("SELECT \(schema).enqueue('mail', unique_key => 'u', on_conflict => 'refuse')")
            }
        }
    }

    @Test("the printed migration makes what migrate makes")
    func printed() async throws {
        let server = try PostgresServer.shared()
        let url = server.url("hakobi_schema=\(server.freshSchema())")
        try server.sql(try PostgresStore.migrationScript(for: url))
        try await withStore(url: url, PostgresOptions(migratesOnOpen: false)) { store in
            let version = try await store.schemaVersion()
            #expect(version.found == version.expected)
            let answers = try await store.insert([try job(1)])
            #expect(answers == [.inserted])
        }
    }
}
