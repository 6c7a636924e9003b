import HakobiCore
import HakobiTestKit
import Servers
import Testing

@testable import HakobiPostgres

@Suite("What fails or halts half-way")
struct HalfDoneTests {
    private let clock = ManualClock()
    private let schema: String
    private let server: PostgresServer

    init() throws {
        server = try PostgresServer.shared()
        schema = server.freshSchema()
    }

    private func store() async throws -> PostgresStore {
        try await PostgresStore(
            url: server.url("hakobi_schema=\(schema)"),
            options: PostgresOptions(listens: false, clock: clock.storeClock))
    }

    private func job(_ queue: QueueName) throws -> NewJob {
        var generator = SystemRandomNumberGenerator()
        return NewJob(
            id: JobID(at: clock.storeClock.wall(), using: &generator), kind: try Kind("work"), queue: queue,
            payload: Payload([]))
    }

    private func demand(_ queues: [QueueName], _ owner: Owner) throws -> Demand {
        Demand(
            queues: .listed(queues.map { .init(queue: $0, slots: 1) }), kinds: [try Kind("work")], slots: 2,
            lonelySlots: 0, lease: .seconds(60), owner: owner)
    }

    @Test("A claim whose second round fails hands out what the first has taken")
    func claim() async throws {
        let store = try await store()
        let (good, bad) = (try QueueName("good"), try QueueName("bad"))
        let jobs = [try job(good), try job(bad)]
        _ = try await store.insert(jobs)
        _ = try server.sql(
            """
            CREATE FUNCTION \(schema).refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.id = '\(jobs[1].id)' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON \(schema).live FOR EACH ROW EXECUTE FUNCTION \(schema).refuse();
            """)
        let owner = Owner(node: "node", boot: "boot", incarnation: "1")
        #expect(try await store.claim(demand([good, bad], owner)).map(\.lease.job) == [jobs[0].id])
        await #expect(throws: StoreError.self) { try await store.claim(demand([good, bad], owner)) }
        _ = try server.sql("DROP TRIGGER refuse ON \(schema).live")
        #expect(try await store.claim(demand([good, bad], owner)).map(\.lease.job) == [jobs[1].id])
        await store.close()
    }

    @Test("A claim that loses its connection in the second round says so with the next")
    func lostClaim() async throws {
        let store = try await store()
        let (good, bad) = (try QueueName("good"), try QueueName("bad"))
        let jobs = [try job(good), try job(bad)]
        _ = try await store.insert(jobs)
        _ = try server.sql(
            """
            CREATE FUNCTION \(schema).leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.id = '\(jobs[1].id)' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
            CREATE TRIGGER leave BEFORE UPDATE ON \(schema).live FOR EACH ROW EXECUTE FUNCTION \(schema).leave();
            """)
        let owner = Owner(node: "node", boot: "boot", incarnation: "1")
        let other = Owner(node: "node", boot: "boot", incarnation: "2")
        #expect(try await store.claim(demand([good, bad], owner)).map(\.lease.job) == [jobs[0].id])
        _ = try server.sql("DROP TRIGGER leave ON \(schema).live")
        #expect(try await store.claim(demand([good], other)).isEmpty)
        let error = await #expect(throws: StoreError.self) { _ = try await store.claim(demand([good, bad], owner)) }
        #expect(error?.effect == .unknown && error?.isTransient == true)
        #expect(try await store.claim(demand([good, bad], owner)).map(\.lease.job) == [jobs[1].id])
        await store.close()
    }

    @Test("Claims that pause between their look and their lease take each job once", .timeLimit(.minutes(1)))
    func race() async throws {
        let (first, second) = (try await store(), try await store())
        let jobs = try (0..<200).map { _ in try job(QueueName("default")) }
        _ = try await first.insert(jobs)
        _ = try server.sql(
            """
            CREATE FUNCTION \(schema).pause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(0.005); RETURN NEW; END $$;
            CREATE TRIGGER pause BEFORE UPDATE ON \(schema).live FOR EACH ROW EXECUTE FUNCTION \(schema).pause();
            """)
        let claimed = try await ClaimRace.jobs(claimedBy: [first, second], kind: Kind("work"))
        #expect(claimed.count == jobs.count)
        #expect(Set(claimed) == Set(jobs.map(\.id)))
        await first.close()
        await second.close()
    }

    @Test("A renewal that is rolled back leaves the lease to be found by a rescue")
    func renewal() async throws {
        let store = try await store()
        _ = try await store.insert([job(.default)])
        let owner = Owner(node: "node", boot: "boot", incarnation: "1")
        let lease = try #require(try await store.claim(demand([.default], owner)).first?.lease)
        _ = try server.sql(
            """
            CREATE FUNCTION \(schema).refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'not today'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON \(schema).claim DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION \(schema).refuse();
            """)
        await #expect(throws: StoreError.self) { try await store.renew([Renewal(lease, extend: .seconds(60))]) }
        _ = try server.sql("DROP TRIGGER refuse ON \(schema).claim")
        // What is over goes with the next thing that is written.
        _ = try await store.insert([job(.default)])
        clock.advance(by: .seconds(61))
        let rescued = try await store.rescue(Rescue(.expired))
        #expect(rescued.map(\.lease.job) == [lease.job])
        await store.close()
    }

    @Test("A lone job that is there already, waiting or ended, is not there twice, and takes nobody with it")
    func knownAlready() async throws {
        let store = try await store()
        let (waiting, ended) = (try job(.default), try job(.default))
        let owner = Owner(node: "node", boot: "boot", incarnation: "1")
        #expect(try await store.insert([ended]) == [.inserted])
        let lease = try #require(try await store.claim(demand([.default], owner)).first?.lease)
        #expect(try await store.insert([waiting]) == [.inserted])
        let report = AttemptReport(host: "here", pid: 1, generation: 1, release: "1", ran: .seconds(1))
        async let again = store.insert([waiting])
        async let settled = store.settle([Settlement(lease, .completed(result: nil), report: report)])
        #expect(try await again == [.existing(waiting.id)])
        #expect(try await settled == [.settled(followUps: [])])
        #expect(try await store.insert([ended]) == [.existing(ended.id)])
        #expect(try await store.stats().states[.available] == 1)
        await store.close()
    }
}
