import HakobiCore
import HakobiTestKit
import Servers
import Testing

@testable import HakobiMySQL

@Suite("Claims from a MariaDB store", .serialized, .timeLimit(.minutes(1)))
struct ClaimTests {
    /// What befalls the server's session at the lease of a job.
    enum Trouble: String, CaseIterable {
        case deadlock = "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'"
        case refusal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'"
        case loss = "KILL CONNECTION_ID()"
    }

    @Test("what one round has taken is answered, whatever becomes of the next", arguments: Trouble.allCases)
    func laterRoundFails(_ trouble: Trouble) async throws {
        let place = try OwnDatabase()
        try await place.withStore { store in
            _ = try await store.insert((0..<10).map { try Sample.job(queue: $0 < 5 ? "a" : "b") })
            let lane = try place.sql("SELECT lane FROM hakobi_lane JOIN hakobi_queue USING (queue) WHERE name = 'b'")
            try place.stranger().run(
                """
                CREATE TRIGGER trouble BEFORE UPDATE ON hakobi_job FOR EACH ROW
                IF NEW.place = -2 AND NEW.lane = \(lane) THEN \(trouble.rawValue); END IF
                """)
            let shares = try ["a", "b"].map { Demand.Share(queue: try QueueName($0), slots: 5) }
            let first = try await store.claim(Sample.demand(["k"], .listed(shares)))
            #expect(first.map(\.queue.description) == Array(repeating: "a", count: 5))
            try place.sql("DROP TRIGGER trouble")
            if trouble == .loss {
                // The rest may have been leased as well, for all that anybody here knows.
                let error = await #expect(throws: StoreError.self) {
                    _ = try await store.claim(Sample.demand(["k"], .listed(shares)))
                }
                #expect(error?.effect == .unknown && error?.isTransient == true)
            }
            let second = try await store.claim(Sample.demand(["k"], .listed(shares)))
            #expect(second.map(\.queue.description) == Array(repeating: "b", count: 5))
            let receipts = try await store.settle((first + second).map(Sample.completion))
            #expect(!receipts.contains(.lost))
        }
    }

    @Test("a lane is seen although a younger one was committed before it")
    func lateLane() async throws {
        let place = try OwnDatabase()
        try await place.withStore { store in
            try await store.serve()
            let late = try place.stranger()
            try late.run("START TRANSACTION")
            try late.run("CALL hakobi_enqueue('late', '{}', NULL, NULL, NULL, NULL, NULL, @id)")
            _ = try await store.insert([Sample.job("young")])
            let demand = try Sample.demand(["late", "young"])
            #expect(try await store.claim(demand).map(\.kind.description) == ["young"])
            try late.run("COMMIT")
            #expect(try await store.claim(demand).map(\.kind.description) == ["late"])
        }
    }

    @Test("a lane whose transaction was rolled back is not missed for ever")
    func lostLane() async throws {
        let place = try OwnDatabase()
        try await place.withStore { store in
            let other = try place.stranger()
            for kind in ["a", "b", "c"] {
                try other.run("START TRANSACTION")
                try other.run("CALL hakobi_enqueue('\(kind)', '{}', NULL, NULL, NULL, NULL, NULL, @id)")
                try other.run("ROLLBACK")
            }
            for kind in ["c", "b", "a"] { try await store.serve(kind) }
        }
    }

    @Test("claims that pause between their look and their lease take each job once", .timeLimit(.minutes(1)))
    func race() async throws {
        let place = try OwnDatabase()
        try await place.withStore { first in
            let jobs = try (0..<200).map { _ in try Sample.job() }
            _ = try await first.insert(jobs)
            try place.stranger().run(
                "CREATE TRIGGER pause BEFORE UPDATE ON hakobi_job FOR EACH ROW DO SLEEP(IF(NEW.place = -2, 0.005, 0))")
            let second = try MySQLStore(url: place.url, options: MySQLOptions(logger: quiet))
            let claimed = try await ClaimRace.jobs(claimedBy: [first, second], kind: Kind("k"))
            await second.close()
            #expect(claimed.count == jobs.count)
            #expect(Set(claimed) == Set(jobs.map(\.id)))
        }
    }
}
