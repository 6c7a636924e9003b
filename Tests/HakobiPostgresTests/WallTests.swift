import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

/// What every hot operation costs in pages of the server's memory, with walls of other jobs in the tables: in the future, of
/// a kind nobody asks for, in a paused queue, and finished. A million rows in `make soak`, a fifth of that otherwise.
@Suite("the cost of a job does not depend on the walls around it", .serialized)
struct WallTests {
    private static let rows = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] == nil ? 200_000 : 1_000_000
    private static let batches = 10
    /// More than any operation takes for one job; a scan of a wall would take thousands.
    private static let limit = 40.0

    @Test(.timeLimit(.minutes(10)))
    func pages() async throws {
        let server = try PostgresServer.shared()
        let database = try server.database()
        let costs = Costs(server: server, database: database)
        try await costs.withStore { _ in }
        // Only what is asked of the store is to be counted.
        for table in ["live", "finished", "claim", "tally"] {
            try server.sql("ALTER TABLE hakobi.\(table) SET (autovacuum_enabled = false)", database: database)
        }
        let open = try await costs.all()
        try server.sql(Walls.waiting(Self.rows) + Walls.finished(Self.rows), database: database)
        let behind = try await costs.all()
        for (name, pages) in behind.sorted(by: { $0.key < $1.key }) {
            let before = try #require(open[name])
            print("pages a job: \(name) \(before) in empty tables, \(pages) behind \(Self.rows) rows")
            #expect(pages < Self.limit && pages < before * 2 + 5, "\(name): \(before), then \(pages)")
        }
    }

    private struct Costs {
        let server: PostgresServer
        let database: String
        private let jobs = WallTests.batches * 100
        private let owner = Owner(node: "wall", boot: "b", incarnation: "i")

        func withStore<Value: Sendable>(_ body: (PostgresStore) async throws -> Value) async throws -> Value {
            let store = try await PostgresStore(
                url: server.url(database: database), options: PostgresOptions(listens: false))
            do {
                let value = try await body(store)
                await store.close()
                return value
            } catch {
                await store.close()
                throw error
            }
        }

        /// Pages a job of each operation, each in sessions of its own: a session's counts are complete when it has ended.
        func all() async throws -> [String: Double] {
            var costs: [String: Double] = [:]
            func count<Value: Sendable>(
                _ name: String, _ body: @escaping (PostgresStore) async throws -> Value
            ) async throws -> Value {
                let before = try pages()
                let value = try await withStore(body)
                costs[name] = Double(try pages() - before) / Double(jobs)
                return value
            }
            try await count("insert", insert)
            let leases = try await count("claim") { try await claim($0, lease: .seconds(600)) }
            #expect(leases.count == jobs)
            try await count("renew") { store in
                for batch in batches(leases) {
                    _ = try await store.renew(batch.map { Renewal($0, extend: .seconds(600)) })
                }
            }
            try await count("settle") { store in
                let report = AttemptReport(host: "wall", pid: 1, generation: 0, release: "1", ran: .zero)
                for batch in batches(leases) {
                    let receipts = try await store.settle(
                        batch.map { Settlement($0, .completed(result: nil), report: report) })
                    #expect(!receipts.contains(.lost))
                }
            }
            try await withStore(insert)
            _ = try await withStore { try await claim($0, lease: .milliseconds(1)) }
            let rescued = try await count("rescue") { try await $0.rescue(Rescue(.expired, limit: jobs)).count }
            #expect(rescued == jobs)
            try server.sql(
                "DELETE FROM hakobi.live WHERE due <= hakobi.now_us() AND lane IN (2, 3)", database: database)
            return costs
        }

        private func insert(_ store: PostgresStore) async throws {
            for _ in 0..<WallTests.batches {
                var random = SystemRandomNumberGenerator()
                let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
                let new = try (0..<100).map { _ in
                    NewJob(
                        id: JobID(at: now, using: &random), kind: try Kind("work"), payload: Payload(Array("{}".utf8)))
                }
                _ = try await store.insert(new)
            }
        }

        private func claim(_ store: PostgresStore, lease: Duration) async throws -> [Lease] {
            var leases: [Lease] = []
            for _ in 0..<WallTests.batches {
                let demand = Demand(
                    queues: .all, kinds: [try Kind("work")], slots: 100, lonelySlots: 0, lease: lease, owner: owner)
                leases += try await store.claim(demand).map(\.lease)
            }
            return leases
        }

        private func batches(_ leases: [Lease]) -> [[Lease]] {
            stride(from: 0, to: leases.count, by: 100).map { Array(leases[$0..<min($0 + 100, leases.count)]) }
        }

        private func pages() throws -> Int {
            let text = try server.sql(
                "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = '\(database)'")
            return try #require(Int(text))
        }
    }
}
