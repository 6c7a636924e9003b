import HakobiCore
import HakobiTestKit
import LinkedClient
import Servers
import Testing

@testable import HakobiPostgres

/// `enqueue` from SQL and on connections of other people's.
@Suite("Enqueueing in the caller's own transaction", .serialized, .timeLimit(.minutes(1)))
struct EnqueueTests {
    private let server: PostgresServer

    init() throws { server = try PostgresServer.shared() }

    @Test("The SQL function takes every option by name, and answers the id")
    func allOptions() async throws {
        try await withStore { store in
            let schema = store.shared.quotedSchema
            let text = try server.sql(
                """
                SELECT \(schema).enqueue('mail', payload => '{"to": "a@example.org"}', queue => 'mails', priority => 7,
                run_at => now() + interval '1 hour', unique_key => 'u', idempotency_key => 'i',
                idempotency_window => '2 days', max_failures => 3, soft_limit => '5 s', hard_limit => '1 min',
                metadata => '{"b": "2", "ä": "1,2:", "a": ""}')
                """)
            let id = try #require(JobID(text))
            let job = try #require(try await store.job(id))
            #expect(job.kind.description == "mail" && job.queue.description == "mails" && job.priority == 7)
            #expect(job.payload == Payload([UInt8](#"{"to": "a@example.org"}"#.utf8), codec: .json, version: 1))
            #expect(job.maxFailures == 3 && job.limits == TimeLimits(soft: .seconds(5), hard: .seconds(60)))
            #expect(job.uniqueKey?.description == "u" && job.idempotencyKey?.description == "i")
            #expect(job.metadata == ["a": "", "b": "2", "ä": "1,2:"])
            #expect(job.dueAt.microseconds - job.createdAt.microseconds > 3_599_000_000)
            let again = try server.sql("SELECT \(schema).enqueue('mail', idempotency_key => 'i')")
            #expect(again == text)
            let own = "0190a0a0-0000-7000-8000-000000000001"
            #expect(try server.sql("SELECT \(schema).enqueue('mail', id => '\(own)')") == own)
        }
    }

    @Test(
        "Bad arguments are one clear sentence",
        arguments: [
            ("''", "a kind has 1 to 100 bytes"), ("NULL", "a kind has 1 to 100 bytes"),
            ("'k', queue => 'a b'", "a queue name has"), ("'k', priority => 10", "a priority is 0 to 9"),
            ("'k', max_failures => 0", "max_failures is at least 1"), ("'k', payload => NULL", "a payload has at most"),
            ("'k', to_jsonb(repeat('x', 1048576))", "a payload has at most"),
            ("'k', unique_key => ''", "a key has 1 to 255 bytes"), ("'k', on_conflict => 'x'", "on_conflict is keep"),
            ("'k', run_at => 'infinity'", "run_at is a moment"), ("'k', metadata => '[]'", "metadata is an object"),
            ("'k', hard_limit => '-1 s'", "a delay is not negative, and a limit"),
            ("'k', idempotency_key => 'i', idempotency_window => NULL", "an idempotency key has a window"),
        ])
    func refuses(_ arguments: String, _ sentence: String) async throws {
        try await withStore { store in
            let connection = try Client(server.url())
            let error = #expect(throws: Client.Failure.self) {
                try connection.run("SELECT \(store.shared.quotedSchema).enqueue(\(arguments))")
            }
            #expect(error?.words.contains("hakobi: \(sentence)") == true, "\(String(describing: error))")
            #expect(error?.sqlState == "22023")
            #expect(try await store.stats().lanes.isEmpty)
        }
    }

    @Test("A role needs the schema and the function, and no table; a hostile search path changes nothing")
    func leastRights() async throws {
        try await withStore { store in
            let schema = store.shared.quotedSchema
            let role = "producer_\(store.shared.channel.hashValue.magnitude)"
            try server.sql("CREATE ROLE \(role) LOGIN")
            let call = "SELECT \(schema).enqueue('k', unique_key => 'u', on_conflict => 'replace')"
            let connection = try Client(server.url(user: role))
            #expect(throws: Client.Failure.self) { try connection.run(call) }
            try server.sql("GRANT USAGE ON SCHEMA \(schema) TO \(role)")
            #expect(throws: Client.Failure.self) { try connection.run(call) }
            try server.sql("GRANT EXECUTE ON FUNCTION \(schema).enqueue TO \(role)")
            // Operators, functions and tables of the caller's own must not be taken for ours.
            try connection.run("CREATE TEMPORARY TABLE live (id uuid)")
            try connection.run("SET search_path = pg_temp, pg_catalog")
            #expect(try connection.run(call).count == 1)
            #expect(try connection.run(call).count == 1)
            for text in [
                "SELECT * FROM \(schema).live", "DELETE FROM \(schema).live",
                "SELECT \(schema).complete(gen_random_uuid(), 1)",
            ] {
                let error = #expect(throws: Client.Failure.self) { try connection.run(text) }
                #expect(error?.sqlState == "42501")
            }
            let states = try await store.stats().states
            #expect(states[.available] == 1 && states[.cancelled] == 1)
            try server.sql("REASSIGN OWNED BY \(role) TO postgres; DROP OWNED BY \(role); ")
        }
    }

    @Test("A trigger enqueues with the row; what is rolled back leaves no job and wakes nobody; a commit wakes")
    func triggers() async throws {
        try await withStore { store in
            let schema = store.shared.quotedSchema
            let table = "orders_\(store.shared.channel.hashValue.magnitude)"
            try server.sql(
                """
                CREATE TABLE \(table) (id integer);
                CREATE FUNCTION \(table)_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM \(schema).enqueue('order', jsonb_build_object('order', NEW.id)); RETURN NEW; END $$;
                CREATE TRIGGER changed AFTER INSERT ON \(table) FOR EACH ROW EXECUTE FUNCTION \(table)_changed();
                """)
            // Waits for work, and says so.
            let demand = Demand(
                queues: .all, kinds: [try Kind("order")], slots: 10, lonelySlots: 0, lease: .seconds(60),
                owner: Owner(node: "n", boot: "b", incarnation: "i"))
            #expect(try await store.claim(demand).isEmpty)
            let listener = try Client(server.url())
            try listener.run("LISTEN \"\(store.shared.channel)\"")
            try server.sql("BEGIN; INSERT INTO \(table) VALUES (1); ROLLBACK")
            #expect(try listener.heard() == 0)
            #expect(try await store.claim(demand).isEmpty)
            try server.sql("INSERT INTO \(table) SELECT generate_series(1, 3)")
            // Three rows, one transaction, one hint.
            #expect(try listener.heard() == 1)
            // The hint reaches this store a moment later than it was sent, and until then it may rest.
            _ = try await within {
                var claimed = 0
                while claimed < 3 { claimed += try await store.claim(demand).count }
            }
            try server.sql("DROP TABLE \(table) CASCADE; DROP FUNCTION \(table)_changed")
        }
    }

    @Test("When nobody waits, nobody is told")
    func nobodyIdle() async throws {
        try await withStore { store in
            let listener = try Client(server.url())
            try listener.run("LISTEN \"\(store.shared.channel)\"")
            try server.sql("SELECT \(store.shared.quotedSchema).enqueue('k')")
            let job = NewJob(id: JobID(high: 0x7000, low: 1 << 63), kind: try Kind("k"), payload: Payload([]))
            #expect(try await store.insert([job]) == [.inserted])
            #expect(try listener.heard() == 0)
        }
    }

    @Test("insert(_:on:) keeps all that a job has, answers as the store does, and goes with the caller's transaction")
    func onOwnConnection() async throws {
        try await withStore { store in
            let connection = try Client(server.url())
            var job = NewJob(
                id: JobID(high: 0x0190_7000_0000_7001, low: 1 << 63 | 7), kind: try Kind("k"),
                queue: try QueueName("q"),
                payload: Payload([0, 255, 39], codec: .raw, version: 3), priority: 9, due: .after(.seconds(60)),
                maxFailures: 4, limits: TimeLimits(soft: .seconds(1), hard: .seconds(2)),
                uniqueKey: UniqueKey(try JobKey("u"), onConflict: .refuse), metadata: ["a": "b"])
            try connection.run("BEGIN")
            #expect(try store.insert([job], on: connection.handle) == [.inserted])
            try connection.run("ROLLBACK")
            #expect(try await store.job(job.id) == nil)
            try connection.run("BEGIN")
            #expect(try store.insert([job, job], on: connection.handle) == [.inserted, .existing(job.id)])
            try connection.run("COMMIT")
            let kept = try #require(try await store.job(job.id))
            #expect(kept.payload == job.payload && kept.limits == job.limits && kept.metadata == job.metadata)
            #expect(kept.dueAt == kept.createdAt + .seconds(60) && kept.priority == 9 && kept.maxFailures == 4)
            var other = job
            other.id = JobID(high: 0x0190_7000_0000_7002, low: 1 << 63 | 7)
            #expect(try store.insert([other], on: connection.handle) == [.refused(.uniqueKeyTaken(by: job.id))])
            other.uniqueKey?.onConflict = .replace
            #expect(try store.insert([other], on: connection.handle) == [.replaced(job.id)])
            job.priority = 11
            #expect(
                try store.insert([job], on: connection.handle) == [.refused(.invalid("priority 11 is outside 0...9"))])
        }
    }

    @Test("the printed migration makes what migrate makes")
    func printed() async throws {
        let url = server.url("hakobi_schema=\(server.freshSchema())")
        try server.sql(try PostgresStore.migrationScript(for: url))
        try await withStore(url: url, PostgresOptions(migratesOnOpen: false)) { store in
            let version = try await store.schemaVersion()
            #expect(version.found == version.expected)
            let answers = try await store.insert([
                NewJob(id: JobID(high: 0x7000, low: 1 << 63), kind: try Kind("k"), payload: Payload([]))
            ])
            #expect(answers == [.inserted])
        }
    }
}
