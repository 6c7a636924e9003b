import Glibc
import HakobiCore
import Servers
import Synchronization
import Testing

@testable import HakobiMySQL

/// What a caller hears when the server does not answer, or others are in the way.
@Suite("Faults of a MariaDB server, seen by one caller", .serialized, .timeLimit(.minutes(1)))
struct FaultTests {
    /// Seconds that something takes.
    private static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let begin = ContinuousClock.now
        try await body()
        let took = begin.duration(to: .now).components
        return Double(took.seconds) + Double(took.attoseconds) / 1e18
    }

    @Test("who goes away from a server that hangs, or closes the store, waits a moment, not for the server")
    func frozen() async throws {
        let server = try MariaDBServer()
        let url = server.url(database: try server.database())
        let store = try MySQLStore(url: url, options: MySQLOptions(logger: quiet))
        _ = try await store.insert([Sample.job()])
        try server.freeze()
        let insert = Task { try await store.insert([Sample.job()]) }
        // Until it is under way: what waits for it in the inbox would be taken back at once.
        try await Task.sleep(for: .milliseconds(100))
        insert.cancel()
        let left = await Self.seconds { _ = await insert.result }
        #expect(left < 3, "cancelling took \(left) s")
        await #expect(throws: StoreError.self) { try await insert.value }
        let look = Task { try await store.pausedQueues() }
        try await Task.sleep(for: .milliseconds(100))
        let closed = await Self.seconds { await store.close() }
        #expect(closed < 3, "closing took \(closed) s")
        await #expect(throws: StoreError.self) { try await look.value }
        try server.thaw()
        // What was cut off is known to be there or not, and the server serves.
        let next = try MySQLStore(url: url, options: MySQLOptions(logger: quiet))
        #expect(try await next.insert([Sample.job()]) == [.inserted])
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
        #expect(try await store.insert([Sample.job()]) == [.inserted])
        await store.close()
    }

    @Test("the first host that may be written is used, after a fail-over too; if none will do, all are named")
    func failOver() async throws {
        let (first, second) = (try MariaDBServer(), try MariaDBServer())
        for server in [first, second] {
            try server.sql("CREATE DATABASE test_shop")
            // As replication would have it: the tables are on both.
            try await MySQLStore(url: server.url(database: "test_shop"), options: MySQLOptions(logger: quiet)).close()
        }
        let one = first.url(database: "test_shop")
        let both = one.replacing("/test_shop", with: ",127.0.0.1:\(second.port)/test_shop")
        let store = try MySQLStore(url: both, options: MySQLOptions(logger: quiet))
        let count = "SELECT COUNT(*) FROM hakobi_job"
        _ = try await store.insert([Sample.job()])
        #expect(try first.sql(count, database: "test_shop") == "1")
        try first.sql("SET GLOBAL read_only = ON")
        try first.endSessions()
        _ = try await store.insert([Sample.job()])
        #expect(try second.sql(count, database: "test_shop") == "1")
        try second.kill()
        await #expect {
            _ = try await store.insert([Sample.job()])
        } throws: { error in
            let said = "\(error)"
            return said.contains("none of 2 hosts will do") && said.contains("may only be read")
                && said.contains("127.0.0.1:\(second.port)") && said.contains("cannot be reached")
        }
        await store.close()
    }

    @Test("numbers that were remembered go with the connection: the tables may have been put back from a copy")
    func restored() async throws {
        let place = try OwnDatabase()
        try await place.withStore { store in
            for kind in ["a", "b"] { try await store.serve(kind) }
            try await store.pause(QueueName("default"))
            #expect(try await store.claim(Sample.demand(["a", "b"])).isEmpty)
            // The same names with other numbers.
            try place.sql(store.shared.sql.schema.removeAll.text)
            try place.sql(try MySQLStore.migrationScript(for: place.url))
            let (first, second) = (try Sample.job("b", payload: [2]), try Sample.job("a", payload: [1]))
            let stranger = try place.stranger()
            #expect(try store.insert([first, second], on: stranger.handle) == [.inserted, .inserted])
            let sessions = try place.server.sql(
                "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '\(place.name)'")
            for session in sessions.split(separator: "\n") { try place.server.sql("KILL \(session)") }
            let claimed = try await store.claim(Sample.demand(["a"]))
            #expect(claimed.map(\.lease.job) == [second.id] && claimed.map(\.payload.bytes) == [[1]])
            #expect(try await store.settle(claimed.map(Sample.completion)) == [.settled(followUps: [])])
            #expect(try await store.job(second.id)?.history.map(\.report?.host) == ["h"])
            _ = try await store.claim(Sample.demand(["b"]))
            for kind in ["a", "b"] { try await store.serve(kind) }
        }
    }

    @Test("every statement says in the server's list of processes whose it is")
    func processList() async throws {
        let place = try OwnDatabase()
        let options = MySQLOptions(node: "shop*/", logger: quiet)
        try await place.withStore(options) { store in
            try await store.serve()
            let stranger = try place.stranger()
            /// What waits for a table while `body` does, which goes on once that was seen.
            func waiting(_ body: @escaping @Sendable () async throws -> Void) async throws -> [String] {
                try stranger.run("LOCK TABLES hakobi_job WRITE, hakobi_lane WRITE, hakobi_kind WRITE")
                async let done: Void = body()
                var words: [String] = []
                for _ in 0..<200 where words.isEmpty {
                    try await Task.sleep(for: .milliseconds(20))
                    words = try place.server.sql(
                        """
                        SELECT REPLACE(INFO, '\\n', ' ') FROM information_schema.PROCESSLIST
                        WHERE DB = '\(place.name)' AND STATE LIKE 'Waiting for table%'
                        """
                    ).split(separator: "\n").map(String.init)
                }
                try stranger.run("UNLOCK TABLES")
                try await done
                return words
            }
            let books = "/* hakobi shop/ books \(getpid()) */ "
            let take = "/* hakobi shop/ take \(getpid()) */ "
            // Prepared, the second of a text, and the first.
            let insert = try await waiting { _ = try await store.insert([Sample.job("other")]) }
            #expect(insert.count == 1 && insert.allSatisfy { $0.hasPrefix(books) }, "\(insert)")
            let claim = try await waiting { _ = try await store.claim(Sample.demand(["other"])) }
            #expect(claim.count == 1 && claim.allSatisfy { $0.hasPrefix(take) }, "\(claim)")
            let stats = try await waiting { _ = try await store.stats() }
            #expect(stats.count == 1 && stats.allSatisfy { $0.hasPrefix(take) }, "\(stats)")
        }
    }

    // MARK: Others in the way

    private static func claim(_ count: Int, from store: MySQLStore) async throws -> [ClaimedJob] {
        _ = try await store.insert((0..<count).map { _ in try Sample.job() })
        return try await store.claim(Sample.demand(slots: count))
    }

    /// A store in a database of its own, and somebody else's connection there.
    private static func withStranger(_ body: (MySQLStore, Client, MariaDBServer) async throws -> Void) async throws {
        let place = try OwnDatabase()
        try await place.withStore { store in try await body(store, try place.stranger(), place.server) }
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
            async let receipts = store.settle(jobs.map(Sample.completion))
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
            async let held = store.settle([Sample.completion(jobs[0])])
            async let free = store.settle([Sample.completion(jobs[1])])
            #expect(try await free == [.settled(followUps: [])])
            var reason: StoreError.Reason?
            do { _ = try await held } catch { reason = (error as? StoreError)?.reason }
            #expect(reason == .busy)
            try stranger.run("ROLLBACK")
            #expect(try await store.settle([Sample.completion(jobs[0])]) == [.settled(followUps: [])])
        }
    }
}
