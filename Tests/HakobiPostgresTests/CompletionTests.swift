import HakobiCore
import HakobiTestKit
import LinkedClient
import Servers
import Testing

@testable import HakobiPostgres

/// Completing a job on a connection of the handler's own, seen from the store.
@Suite("Completing in the handler's own transaction", .serialized, .timeLimit(.minutes(1)))
struct CompletionTests {
    private let connection: Client
    private let owner = Owner(node: "n", boot: "b", incarnation: "i")

    init() throws { connection = try Client(PostgresServer.shared().url()) }

    private func claim(_ store: PostgresStore, _ shape: (inout NewJob) throws -> Void = { _ in }) async throws
        -> ClaimedJob
    {
        var random = SystemRandomNumberGenerator()
        var job = NewJob(
            id: JobID(at: Timestamp(microseconds: 0), using: &random), kind: try Kind("k"), payload: Payload([1]))
        try shape(&job)
        #expect(try await store.insert([job]) == [.inserted])
        let demand = Demand(
            queues: .all, kinds: [job.kind], slots: 1, lonelySlots: 0, lease: .seconds(60), owner: owner)
        return try #require(try await store.claim(demand).first)
    }

    private func transaction(_ store: PostgresStore) -> PostgresTransaction {
        PostgresTransaction(connection.handle, schema: String(store.shared.quotedSchema.dropFirst().dropLast()))
    }

    private func completion(_ job: ClaimedJob) -> Completion {
        Completion(job: job.lease.job, attempt: job.lease.attempt, claimedAt: job.claimedAt)
    }

    @Test("A committed completion is the whole of a settlement: state, result, history, follow-ups")
    func whole() async throws {
        try await withStore { store in
            let job = try await claim(store) { $0.uniqueKey = UniqueKey(try JobKey("u")) }
            var random = SystemRandomNumberGenerator()
            var next = NewJob(
                id: JobID(at: Timestamp(microseconds: 0), using: &random), kind: job.kind, payload: Payload([2]))
            // Free from the completion on.
            next.uniqueKey = UniqueKey(try JobKey("u"), onConflict: .refuse)
            var completion = completion(job)
            completion.result = Payload([7, 0], codec: .raw, version: 5)
            completion.followUps = [next]
            completion.report = AttemptReport(
                host: "h", pid: 9, generation: 3, release: "r", ran: .milliseconds(1500))
            try connection.run("BEGIN")
            try await transaction(store).complete(completion)
            #expect(try await store.job(job.lease.job)?.state == .running)
            try connection.run("COMMIT")
            let record = try #require(try await store.job(job.lease.job))
            #expect(record.state == .completed && record.result == completion.result && record.owner == nil)
            #expect(record.history.map(\.outcome) == ["completed"] && record.history.first?.report == completion.report)
            #expect(try await store.job(next.id)?.state == .available)
            #expect(try await store.stats().states[.completed] == 1)
            let settlement = Settlement(
                job.lease, .settledByHandler(otherwise: .never),
                report: try #require(completion.report))
            #expect(try await store.settle([settlement]) == [.lost])
            #expect(try await store.job(job.lease.job) == record)
        }
    }

    @Test("Whoever has lost the lease cannot complete, and its transaction cannot commit")
    func lost() async throws {
        try await withStore { store in
            let job = try await claim(store)
            var stranger = completion(job)
            stranger.claimedAt = Timestamp(microseconds: 5)
            try await refuses(stranger, store)
            let report = AttemptReport(host: "h", pid: 1, generation: 0, release: "", ran: .zero)
            let back = Settlement(job.lease, .interrupted(reason: nil), report: report)
            #expect(try await store.settle([back]) == [.settled(followUps: [])])
            try await refuses(completion(job), store)
            #expect(try await store.job(job.lease.job)?.state == .available)
        }
    }

    private func refuses(_ completion: Completion, _ store: PostgresStore) async throws {
        try connection.run("BEGIN")
        let error = await #expect(throws: StoreError.self) { try await transaction(store).complete(completion) }
        #expect(error?.description.contains("does not hold the lease: roll back") == true)
        try connection.run("ROLLBACK")
    }

    @Test(
        "While the handler's transaction is open, leases are renewed, rescues pass by, and nobody else waits for long")
    func open() async throws {
        try await withStore { store in
            let (job, other) = (try await claim(store), try await claim(store))
            try connection.run("BEGIN")
            try await transaction(store).complete(completion(job))
            let renewals = [job, other].map { Renewal($0.lease, extend: .seconds(60)) }
            #expect(try await within(1) { try await store.renew(renewals) } == [.renewed, .renewed])
            let report = AttemptReport(host: "h", pid: 1, generation: 0, release: "", ran: .zero)
            let rescue = Rescue(.owner(owner, running: nil))
            let rescued = try await within(1) { try await store.rescue(rescue) }
            #expect(rescued.map(\.lease) == [other.lease])
            // Somebody settles it all the same: he is told that it is held, in two seconds, and others go on.
            let crash = Settlement(job.lease, .interrupted(reason: nil), report: report)
            let error = await #expect(throws: StoreError.self) { try await store.settle([crash]) }
            #expect(error?.reason == .busy && error?.isTransient == true)
            try connection.run("ROLLBACK")
            #expect(try await store.settle([crash]) == [.settled(followUps: [])])
        }
    }

    @Test(
        "A handler that died in mid-transaction gives its job back at once; a settlement in between is the one that counts"
    )
    func died() async throws {
        try await withStore { store in
            let job = try await claim(store)
            let report = AttemptReport(host: "h", pid: 1, generation: 0, release: "", ran: .zero)
            try connection.run("BEGIN")
            let crash = Settlement(job.lease, .interrupted(reason: nil), report: report)
            #expect(try await store.settle([crash]) == [.settled(followUps: [])])
            await #expect(throws: StoreError.self) { try await transaction(store).complete(completion(job)) }
            // What is aborted cannot be committed.
            try connection.run("COMMIT")
            #expect(try await store.job(job.lease.job)?.state == .available)
        }
    }
}
