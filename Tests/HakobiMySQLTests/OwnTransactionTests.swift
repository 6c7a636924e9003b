import HakobiCore
import HakobiTestKit
import Servers
import Testing

@testable import HakobiMySQL

/// Jobs that are enqueued and completed on a connection of the caller's own, seen from the store.
@Suite("The caller's own transaction", .serialized, .timeLimit(.minutes(1)))
struct OwnTransactionTests {
    private let client: Client
    private let server: MariaDBServer
    private let database: String
    private let owner = Owner(node: "n", boot: "b", incarnation: "i")
    private let report = AttemptReport(host: "h", pid: 1, generation: 0, release: "", ran: .zero)

    init() throws {
        server = try MariaDBServer.shared()
        database = try server.database()
        client = try Client(server, database)
    }

    private func withStore(_ body: (MySQLStore) async throws -> Void) async throws {
        let store = try MySQLStore(url: server.url(database: database), options: MySQLOptions(logger: quiet))
        do {
            try await body(store)
            await store.close()
        } catch {
            await store.close()
            throw error
        }
    }

    private func job(_ shape: (inout NewJob) throws -> Void = { _ in }) throws -> NewJob {
        var random = SystemRandomNumberGenerator()
        var job = NewJob(
            id: JobID(at: Timestamp(microseconds: 0), using: &random), kind: try Kind("k"), payload: Payload([1]))
        try shape(&job)
        return job
    }

    private func claim(_ store: MySQLStore, _ shape: (inout NewJob) throws -> Void = { _ in }) async throws
        -> ClaimedJob
    {
        let job = try job(shape)
        #expect(try await store.insert([job]) == [.inserted])
        return try #require(try await store.claim(demand(job.kind)).first)
    }

    private func demand(_ kind: Kind) -> Demand {
        Demand(queues: .all, kinds: [kind], slots: 1, lonelySlots: 0, lease: .seconds(60), owner: owner)
    }

    private func completion(_ job: ClaimedJob) -> Completion {
        Completion(job: job.lease.job, attempt: job.lease.attempt, claimedAt: job.claimedAt)
    }

    // MARK: Enqueue

    @Test("a job is there if and only if the transaction commits, whole")
    func insert() async throws {
        try await withStore { store in
            var job = try job {
                $0.metadata = ["a": "b"]
                $0.priority = 7
                $0.maxFailures = 3
                $0.limits = TimeLimits(soft: .seconds(1), hard: .seconds(2))
                $0.uniqueKey = UniqueKey(try JobKey("u"))
                $0.idempotencyKey = IdempotencyKey(try JobKey("i"))
            }
            try client.run("START TRANSACTION")
            #expect(try store.insert([job], on: client.handle) == [.inserted])
            try client.run("ROLLBACK")
            #expect(try await store.job(job.id) == nil)
            try client.run("START TRANSACTION")
            #expect(try store.insert([job, job], on: client.handle) == [.inserted, .existing(job.id)])
            #expect(try await store.job(job.id) == nil)
            try client.run("COMMIT")
            let own = try #require(try await store.job(job.id))
            // The store keeps the same of its own.
            job.id = try self.job().id
            job.uniqueKey = UniqueKey(try JobKey("v"))
            job.idempotencyKey = IdempotencyKey(try JobKey("j"))
            #expect(try await store.insert([job]) == [.inserted])
            let other = try #require(try await store.job(job.id))
            #expect(
                own.payload == other.payload && own.metadata == other.metadata && own.priority == other.priority
                    && own.maxFailures == other.maxFailures && own.limits == other.limits && own.state == other.state)
            #expect(try await store.claim(demand(job.kind)).count == 1)
        }
    }

    private func add(
        to store: MySQLStore, _ unique: UniqueKey?, _ idempotency: IdempotencyKey? = nil
    ) throws -> (job: JobID, answer: Insertion?) {
        var job = try job()
        job.uniqueKey = unique
        job.idempotencyKey = idempotency
        return (job.id, try store.insert([job], on: client.handle).first)
    }

    @Test("keys answer as the store's own insert does")
    func keys() async throws {
        let store = try MySQLStore(url: server.url(database: database), options: MySQLOptions(logger: quiet))
        let key = try JobKey("key")
        let (first, _) = try add(to: store, UniqueKey(key))
        let kept = try add(to: store, UniqueKey(key)).answer
        #expect(kept == .existing(first))
        let refused = try add(to: store, UniqueKey(key, onConflict: .refuse)).answer
        #expect(refused == .refused(.uniqueKeyTaken(by: first)))
        let (second, answer) = try add(to: store, UniqueKey(key, onConflict: .replace))
        #expect(answer == .replaced(first))
        let (old, stats) = (try await store.job(first), try await store.stats())
        #expect(old?.state == .cancelled && stats.states[.cancelled] == 1)
        let claimed = try await store.claim(demand(try Kind("k")))
        #expect(claimed.map(\.lease.job) == [second])
        let late = try add(to: store, UniqueKey(key, onConflict: .replace)).answer
        #expect(late == .refused(.uniqueKeyTaken(by: second)))
        let (third, _) = try add(to: store, nil, IdempotencyKey(key))
        let again = try add(to: store, nil, IdempotencyKey(key)).answer
        #expect(again == .existing(third))
        await store.close()
    }

    // MARK: Complete

    @Test("a committed completion is the whole of a settlement: state, result, history, follow-ups")
    func whole() async throws {
        try await withStore { store in
            let job = try await claim(store) { $0.uniqueKey = UniqueKey(try JobKey("u")) }
            // Free from the completion on.
            let next = try self.job { $0.uniqueKey = UniqueKey(try JobKey("u"), onConflict: .refuse) }
            var completion = completion(job)
            completion.result = Payload([7, 0], codec: .raw, version: 5)
            completion.followUps = [next]
            completion.report = AttemptReport(
                host: "h", pid: 9, generation: 3, release: "r", ran: .milliseconds(1500))
            try client.run("START TRANSACTION")
            try await MySQLTransaction(client.handle).complete(completion)
            #expect(try await store.job(job.lease.job)?.state == .running)
            try client.run("COMMIT")
            let record = try #require(try await store.job(job.lease.job))
            #expect(record.state == .completed && record.result == completion.result && record.owner == nil)
            #expect(record.history.map(\.outcome) == ["completed"] && record.history.first?.report == completion.report)
            #expect(try await store.job(next.id)?.state == .available)
            #expect(try await store.stats().states[.completed] == 1)
            let settlement = Settlement(
                job.lease, .settledByHandler(otherwise: .never), report: try #require(completion.report))
            #expect(try await store.settle([settlement]) == [.lost])
            #expect(try await store.job(job.lease.job) == record)
        }
    }

    @Test("whoever has lost the lease cannot complete, and its transaction cannot commit")
    func lost() async throws {
        try await withStore { store in
            try server.sql("CREATE TABLE own (n INT) ENGINE = InnoDB", database: database)
            let job = try await claim(store)
            var stranger = completion(job)
            stranger.claimedAt = Timestamp(microseconds: 5)
            try await refuses(stranger)
            let back = Settlement(job.lease, .interrupted(reason: nil), report: report)
            #expect(try await store.settle([back]) == [.settled(followUps: [])])
            try await refuses(completion(job))
            #expect(try await store.job(job.lease.job)?.state == .available)
            #expect(try server.sql("SELECT COUNT(*) FROM own", database: database) == "0")
        }
    }

    private func refuses(_ completion: Completion) async throws {
        try client.run("START TRANSACTION")
        try client.run("INSERT INTO own VALUES (1)")
        let error = await #expect(throws: StoreError.self) {
            try await MySQLTransaction(client.handle).complete(completion)
        }
        #expect(error?.description.contains("does not hold the lease: rolled back") == true, "\(error as Any)")
        // Even who goes on as if nothing had happened.
        try client.run("COMMIT")
    }

    @Test(
        "while the handler's transaction is open, leases are renewed, rescues pass by, and nobody else waits for long")
    func open() async throws {
        try await withStore { store in
            let (job, other) = (try await claim(store), try await claim(store))
            try client.run("START TRANSACTION")
            try await MySQLTransaction(client.handle).complete(completion(job))
            let renewals = [job, other].map { Renewal($0.lease, extend: .seconds(60)) }
            #expect(try await within(1) { try await store.renew(renewals) } == [.renewed, .renewed])
            let rescue = Rescue(.owner(owner, running: nil))
            let rescued = try await within(1) { try await store.rescue(rescue) }
            #expect(rescued.map(\.lease) == [other.lease])
            // Somebody settles it all the same: he is told that it is held, in two seconds, and others go on.
            let crash = Settlement(job.lease, .interrupted(reason: nil), report: report)
            let error = await #expect(throws: StoreError.self) {
                try await within(4) { try await store.settle([crash]) }
            }
            #expect(error?.reason == .busy && error?.isTransient == true, "\(error as Any)")
            try client.run("ROLLBACK")
            #expect(try await store.settle([crash]) == [.settled(followUps: [])])
        }
    }

    @Test("a settlement before the completion is the one that counts")
    func died() async throws {
        try await withStore { store in
            let job = try await claim(store)
            try client.run("START TRANSACTION")
            let crash = Settlement(job.lease, .interrupted(reason: nil), report: report)
            #expect(try await store.settle([crash]) == [.settled(followUps: [])])
            await #expect(throws: StoreError.self) {
                try await MySQLTransaction(client.handle).complete(completion(job))
            }
            try client.run("COMMIT")
            #expect(try await store.job(job.lease.job)?.state == .available)
        }
    }
}
