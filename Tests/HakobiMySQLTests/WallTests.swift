import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiMySQL

/// What every hot operation reads, by the server's own counts, with walls of other jobs in the tables: in the future, of a
/// kind nobody asks for, in a paused queue, and finished. A million rows in `make soak`, a fifth of that otherwise.
@Suite("The cost of a job does not depend on the walls around it", .serialized)
struct WallTests {
    private static let rows = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] == nil ? 200_000 : 1_000_000
    private static let batches = 5
    /// More than any operation reads for one job; a scan of a wall would read thousands.
    private static let limit = 20.0

    @Test(.timeLimit(.minutes(10)))
    func reads() async throws {
        let server = try MariaDBServer.shared()
        let database = try server.database()
        let store = try MySQLStore(url: server.url(database: database), options: MySQLOptions(logger: quiet))
        do {
            let costs = Costs(store: store) { try server.sql($0, database: database) }
            let open = try await costs.all()
            try server.sql(Self.walls, database: database)
            let behind = try await costs.all()
            for (name, reads) in behind.sorted(by: { $0.key < $1.key }) {
                let before = try #require(open[name])
                print("reads a job: \(name) \(before) in empty tables, \(reads) behind \(Self.rows) rows")
                #expect(reads < Self.limit && reads < before * 2 + 5, "\(name): \(before), then \(reads)")
            }
            await store.close()
        } catch {
            await store.close()
            throw error
        }
    }

    private struct Costs {
        let store: MySQLStore
        let sql: (String) throws -> Void
        private let jobs = WallTests.batches * 100
        private let owner = Owner(node: "wall", boot: "b", incarnation: "i")
        private let report = AttemptReport(host: "wall", pid: 1, generation: 0, release: "1", ran: .zero)

        /// Reads a job of each operation.
        func all() async throws -> [String: Double] {
            var costs: [String: Double] = [:]
            costs["insert"] = try await count { try await insert() }
            costs["insert with keys"] = try await count { try await insert(hasKeys: true) }
            var leases: [Lease] = []
            costs["claim from one lane"] = try await count(jobs * 2) { leases = try await claim(["work"]) }
            #expect(leases.count == jobs * 2)
            costs["claim when nothing is due"] = try await count(50) {
                for _ in 0..<50 { leases += try await claim(["work"], batches: 1) }
            }
            try await insert(kind: "more")
            try await insert()
            costs["claim from several lanes"] = try await count(jobs * 2) {
                leases += try await claim(["work", "more"])
            }
            #expect(leases.count == jobs * 4)
            try await end(leases, &costs)
            try await insert()
            _ = try await claim(["work"], lease: .milliseconds(1))
            var rescued = 0
            costs["rescue"] = try await count {
                rescued = try await store.rescue(Rescue(.expired, limit: jobs)).count
            }
            #expect(rescued == jobs)
            var pruned = 0
            costs["prune"] = try await count {
                for _ in 0..<WallTests.batches {
                    pruned += try await store.prune(Retention(completedAge: .zero, deadAge: .zero), limit: 100)
                }
            }
            #expect(pruned == jobs)
            try sql("DELETE FROM hakobi_job WHERE place > 0 AND due <= \(SQL.now.text) AND due > 9")
            return costs
        }

        private func end(_ leases: [Lease], _ costs: inout [String: Double]) async throws {
            costs["renew"] = try await count(leases.count) {
                for batch in batches(leases) {
                    _ = try await store.renew(batch.map { Renewal($0, extend: .seconds(600)) })
                }
            }
            let outcomes: [(String, Outcome)] = [
                ("complete", .completed(result: nil)), ("complete with a result", .completed(result: Payload([1]))),
                ("fail", .failed(error: "no", .after(.seconds(86400)))), ("cancel", .cancelled(reason: nil)),
            ]
            for (index, (name, outcome)) in outcomes.enumerated() {
                let some = Array(leases[index * jobs..<(index + 1) * jobs])
                costs[name] = try await count { try await settle(some, outcome) }
            }
        }

        /// What the server's two sessions of ours read meanwhile, by the job.
        private func count(_ times: Int? = nil, _ body: () async throws -> Void) async throws -> Double {
            try await store.forgetReads()
            try await body()
            return Double(try await store.reads()) / Double(times ?? jobs)
        }

        private func insert(kind: String = "work", hasKeys: Bool = false) async throws {
            for batch in 0..<WallTests.batches {
                var random = SystemRandomNumberGenerator()
                let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
                let new = try (0..<100).map { number in
                    var job = NewJob(
                        id: JobID(at: now, using: &random), kind: try Kind(kind), payload: Payload(Array("{}".utf8)))
                    guard hasKeys else { return job }
                    job.uniqueKey = UniqueKey(try JobKey("\(now.microseconds) \(batch) \(number)"))
                    job.idempotencyKey = IdempotencyKey(try JobKey("\(now.microseconds) \(batch) \(number)"))
                    return job
                }
                _ = try await store.insert(new)
            }
        }

        private func claim(
            _ kinds: [String], lease: Duration = .seconds(600), batches: Int = 2 * WallTests.batches
        ) async throws -> [Lease] {
            var leases: [Lease] = []
            for _ in 0..<batches {
                let demand = Demand(
                    queues: .all, kinds: try kinds.map { try Kind($0) }, slots: 100, lonelySlots: 0, lease: lease,
                    owner: owner)
                leases += try await store.claim(demand).map(\.lease)
            }
            return leases
        }

        private func settle(_ leases: [Lease], _ outcome: Outcome) async throws {
            for batch in batches(leases) {
                let receipts = try await store.settle(batch.map { Settlement($0, outcome, report: report) })
                #expect(!receipts.contains(.lost))
            }
        }

        private func batches(_ leases: [Lease]) -> [[Lease]] {
            stride(from: 0, to: leases.count, by: 100).map { Array(leases[$0..<min($0 + 100, leases.count)]) }
        }
    }

    /// Lane by lane: what is asked for and mostly not due; a kind nobody asks for; a paused queue. And as many that have ended.
    private static let walls = """
        CALL hakobi_enqueue('work', '{}', NULL, NULL, NULL, NULL, NULL, @id);
        CALL hakobi_enqueue('other', '{}', NULL, NULL, NULL, NULL, NULL, @id);
        CALL hakobi_enqueue('work', '{}', 'stopped', NULL, NULL, NULL, NULL, @id);
        DELETE FROM hakobi_job WHERE place > 0;
        UPDATE hakobi_queue SET is_paused = 1 WHERE name = 'stopped';
        CREATE TEMPORARY TABLE wall AS SELECT l.lane, l.kind, k.name = 'work' AND q.name = 'default' AS is_ours
            FROM hakobi_lane AS l JOIN hakobi_kind AS k ON k.kind = l.kind JOIN hakobi_queue AS q ON q.queue = l.queue
            WHERE k.name IN ('work', 'other');
        SET @now = \(SQL.now.text);
        INSERT INTO hakobi_job (id, place, moment, lane, kind, due, created, payload)
            SELECT UNHEX(MD5(CONCAT(s.seq, ' ', w.lane))), 2 * w.lane,
            IF(w.is_ours, @now + 86400000000 + s.seq, s.seq DIV 100000), w.lane, w.kind,
            IF(w.is_ours, @now + 86400000000 + s.seq, s.seq DIV 100000), 1, '{}'
            FROM seq_1_to_\(rows / 3) AS s JOIN wall AS w;
        INSERT INTO hakobi_job (id, place, moment, lane, kind, due, created, attempt, payload)
            SELECT UNHEX(MD5(CONCAT(s.seq, ' ended ', w.lane))), -3, s.seq, w.lane, w.kind, s.seq, 1, 1, '{}'
            FROM seq_1_to_\(rows) AS s JOIN wall AS w ON w.is_ours;
        ANALYZE TABLE hakobi_job
        """
}
