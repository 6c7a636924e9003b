import Glibc
import HakobiCore
import Servers
import Synchronization
import Testing

@testable import HakobiMySQL

/// What a caller hears when the server does not answer, or others are in the way.
@Suite("Faults of a MariaDB server, seen by one caller", .serialized, .timeLimit(.minutes(1)))
struct FaultTests {
    private static func job() throws -> NewJob {
        var random = SystemRandomNumberGenerator()
        return NewJob(
            id: JobID(at: Timestamp(microseconds: 0), using: &random), kind: try Kind("k"), payload: Payload([1]))
    }

    /// Seconds that something takes.
    private static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let begin = ContinuousClock.now
        try await body()
        let took = begin.duration(to: .now).components
        return Double(took.seconds) + Double(took.attoseconds) / 1e18
    }

    @Test("who goes away from a server that hangs, or closes the store, waits a second at most")
    func frozen() async throws {
        let server = try MariaDBServer()
        let url = server.url(database: try server.database())
        let store = try MySQLStore(url: url, options: MySQLOptions(logger: quiet))
        _ = try await store.insert([Self.job()])
        try server.freeze()
        let insert = Task { try await store.insert([Self.job()]) }
        // Until it is under way: what waits for it in the inbox would be taken back at once.
        try await Task.sleep(for: .milliseconds(100))
        insert.cancel()
        let left = await Self.seconds { _ = await insert.result }
        #expect(left < 1.5, "cancelling took \(left) s")
        await #expect(throws: StoreError.self) { try await insert.value }
        let look = Task { try await store.pausedQueues() }
        try await Task.sleep(for: .milliseconds(100))
        let closed = await Self.seconds { await store.close() }
        #expect(closed < 1.5, "closing took \(closed) s")
        await #expect(throws: StoreError.self) { try await look.value }
        try server.thaw()
        // What was cut off is known to be there or not, and the server serves.
        let next = try MySQLStore(url: url, options: MySQLOptions(logger: quiet))
        #expect(try await next.insert([Self.job()]) == [.inserted])
        await next.close()
    }

    @Test("who is idle for long enough holds no session, and has one when there is work")
    func idle() async throws {
        let server = try MariaDBServer.shared()
        let database = try server.database()
        let store = try MySQLStore(
            url: server.url(database: database),
            options: MySQLOptions(idleClose: .milliseconds(100), logger: quiet))
        func sessions() throws -> String {
            try server.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '\(database)'")
        }
        var tries = 0
        while try sessions() != "0", tries < 100 {
            tries += 1
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try sessions() == "0")
        #expect(try await store.insert([Self.job()]) == [.inserted])
        await store.close()
    }

    // MARK: Others in the way

    private static let owner = Owner(node: "n", boot: "b", incarnation: "i")

    private static func claim(_ count: Int, from store: MySQLStore) async throws -> [ClaimedJob] {
        _ = try await store.insert((0..<count).map { _ in try job() })
        let demand = Demand(
            queues: .all, kinds: [try Kind("k")], slots: count, lonelySlots: 0, lease: .seconds(60), owner: owner)
        return try await store.claim(demand)
    }

    private static func settlement(_ job: ClaimedJob) -> Settlement {
        let report = AttemptReport(host: "h", pid: 1, generation: 0, release: "", ran: .zero)
        return Settlement(job.lease, .completed(result: nil), report: report)
    }

    /// A store in a database of its own, and somebody else's connection there.
    private static func withStranger(_ body: (MySQLStore, Client, MariaDBServer) async throws -> Void) async throws {
        let server = try MariaDBServer.shared()
        let database = try server.database()
        let store = try MySQLStore(url: server.url(database: database), options: MySQLOptions(logger: quiet))
        do {
            try await body(store, try Client(server, database), server)
            await store.close()
        } catch {
            await store.close()
            throw error
        }
    }

    @Test("a deadlock of which we are the victim is repeated, and nobody hears of it")
    func deadlock() async throws {
        try await Self.withStranger { store, stranger, server in
            let jobs = try await Self.claim(2, from: store).sorted { $0.lease.row < $1.lease.row }
            let (first, second) = (jobs[0].lease.row, jobs[1].lease.row)
            try stranger.run("CREATE TABLE heavy (n INT) ENGINE = InnoDB")
            try stranger.run("START TRANSACTION")
            // Who has written less is the victim.
            try stranger.run("INSERT INTO heavy SELECT seq FROM seq_1_to_1000")
            try stranger.run("UPDATE hakobi_job SET ran = 0 WHERE job_row = \(second)")
            let before = try server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
            async let receipts = store.settle(jobs.map(Self.settlement))
            // Until it has the first and waits for the second; it waits for two seconds.
            try await Task.sleep(for: .milliseconds(500))
            try stranger.run("UPDATE hakobi_job SET ran = 0 WHERE job_row = \(first)")
            #expect(try server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'") != before, "there was no deadlock")
            try stranger.run("ROLLBACK")
            #expect(try await receipts == [.settled(followUps: []), .settled(followUps: [])])
        }
    }

    @Test("who needs what a transaction holds is told so in two seconds, and others go on")
    func lockWait() async throws {
        try await Self.withStranger { store, stranger, _ in
            let jobs = try await Self.claim(2, from: store)
            try stranger.run("START TRANSACTION")
            try stranger.run("UPDATE hakobi_job SET ran = 0 WHERE job_row = \(jobs[0].lease.row)")
            async let held = store.settle([Self.settlement(jobs[0])])
            async let free = store.settle([Self.settlement(jobs[1])])
            #expect(try await free == [.settled(followUps: [])])
            var reason: StoreError.Reason?
            do { _ = try await held } catch { reason = (error as? StoreError)?.reason }
            #expect(reason == .busy)
            try stranger.run("ROLLBACK")
            #expect(try await store.settle([Self.settlement(jobs[0])]) == [.settled(followUps: [])])
        }
    }
}
