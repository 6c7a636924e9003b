import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

/// A queue must not die of bloat: while one transaction keeps its snapshot, nothing that dies can be removed, and a job must
/// cost no more than twice of what it costs otherwise. `make soak` carries 800 jobs a second for ten minutes; otherwise as
/// many as that makes in 80 seconds are carried as fast as it goes, and then some at that pace.
@Suite("a held snapshot", .serialized)
struct HeldSnapshotTests {
    private static let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] != nil

    @Test("a job touches at most twice the pages that it touches otherwise", .timeLimit(.minutes(20)))
    func pages() async throws {
        let server = try PostgresServer(settings: ["shared_preload_libraries": "pg_stat_statements"])
        let clean = try await Stream(server).cost(isHeld: false, isSoak: Self.isSoak)
        let held = try await Stream(server).cost(isHeld: true, isSoak: Self.isSoak)
        for (name, cost) in held.sorted(by: { $0.value.pages > $1.value.pages }) {
            print("pages a job: \(name) \(clean[name] ?? Cost()) clean, \(cost) under a held snapshot")
        }
        let total = (clean.values.map(\.pages).reduce(0, +), held.values.map(\.pages).reduce(0, +))
        print("pages a job: \(total.0) clean, \(total.1) under a held snapshot")
        #expect(total.1 < 2 * total.0)
        let claims = [clean, held].map { costs in
            costs.filter { $0.key.hasPrefix("claim") }.values.map(\.pages).reduce(0, +)
        }
        #expect(claims[1] < 2 * claims[0])
    }

    @Test("what was committed late is found although looks are long", .timeLimit(.minutes(2)))
    func late() async throws {
        let server = try PostgresServer.shared()
        let stream = try Stream(server)
        try await stream.withStore(isHeld: true) { store in
            for _ in 0..<100 { try await stream.turn(store, jobs: 100) }
            let other = try connect(stream.url)
            try other.run(script: "BEGIN")
            _ = try other.run("SELECT \(Stream.schema).enqueue('work')")
            // Others' work passes it by.
            let end = ContinuousClock.now + .milliseconds(600)
            while ContinuousClock.now < end { try await stream.turn(store, jobs: 8) }
            try other.run(script: "COMMIT")
            let wait = ContinuousClock.now
            while try await stream.turn(store, jobs: 8) == 8 {
                guard ContinuousClock.now - wait < .seconds(60) else {
                    Issue.record("it was not found")
                    return
                }
            }
        }
    }
}

/// Pages and time of the server.
private struct Cost: CustomStringConvertible {
    var pages = 0.0
    var milliseconds = 0.0
    var description: String {
        "\((pages * 100).rounded() / 100) (\((milliseconds * 1e5).rounded() / 100) µs)"
    }
}

/// Jobs through one store, and what the server's statements cost.
private struct Stream {
    static let schema = "hakobi"
    let server: PostgresServer
    let database: String
    private let owner = Owner(node: "snapshot", boot: "b", incarnation: "i")

    init(_ server: PostgresServer) throws {
        self.server = server
        database = try server.database()
    }

    var url: String { server.url(database: database) }

    func withStore<Value: Sendable>(
        isHeld: Bool, _ body: (PostgresStore) async throws -> Value
    ) async throws -> Value {
        let store = try await PostgresStore(url: url)
        let meter = try await PostgresMeter(url: url)
        let result: Result<Value, any Error>
        do {
            if isHeld { try await meter.holdSnapshot() }
            result = .success(try await body(store))
        } catch { result = .failure(error) }
        await meter.close()
        await store.close()
        return try result.get()
    }

    /// Per job, by statement.
    func cost(isHeld: Bool, isSoak: Bool) async throws -> [String: Cost] {
        try server.sql("CREATE EXTENSION pg_stat_statements", database: database)
        return try await withStore(isHeld: isHeld) { store in
            if isHeld, isSoak {
                _ = try await keepPace(store, for: .seconds(540))
            } else {
                for _ in 0..<(isHeld ? 640 : 20) { try await turn(store, jobs: 100) }
                _ = try await keepPace(store, for: .seconds(1))
            }
            try server.sql("SELECT pg_stat_statements_reset()", database: database)
            let jobs = try await keepPace(store, for: .seconds(isSoak ? 60 : 6))
            return try costs(of: jobs)
        }
    }

    /// 800 jobs a second, with the housekeeping of a service.
    private func keepPace(_ store: PostgresStore, for length: Duration) async throws -> Int {
        let start = ContinuousClock.now
        let ticks = Int(length / .milliseconds(10))
        for tick in 0..<ticks {
            try await Task.sleep(until: start + .milliseconds(10) * tick, clock: .continuous)
            try await turn(store, jobs: 8)
            guard tick % 1500 == 500 else { continue }
            _ = try await store.owners()
            _ = try await store.rescue(Rescue(.expired))
            _ = try await store.prune(Retention(), limit: 500)
            _ = try await store.stats()
        }
        return ticks * 8
    }

    /// Some jobs come, are claimed together, and another claim finds nothing; how many there were.
    @discardableResult
    func turn(_ store: PostgresStore, jobs: Int) async throws -> Int {
        var random = SystemRandomNumberGenerator()
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let kind = try Kind("work")
        _ = try await store.insert(
            (0..<jobs).map { _ in
                NewJob(id: JobID(at: now, using: &random), kind: kind, payload: Payload(Array("{}".utf8)))
            })
        let demand = Demand(
            queues: .all, kinds: [kind], slots: jobs + 4, lonelySlots: 1, lease: .seconds(60), owner: owner)
        var leases: [Lease] = []
        while true {
            let claimed = try await store.claim(demand).map(\.lease)
            guard !claimed.isEmpty else { break }
            leases += claimed
        }
        let report = AttemptReport(host: "snapshot", pid: 1, generation: 0, release: "1", ran: .zero)
        let receipts = try await store.settle(leases.map { Settlement($0, .completed(result: nil), report: report) })
        #expect(!receipts.contains(.lost))
        return leases.count
    }

    private func costs(of jobs: Int) throws -> [String: Cost] {
        let rows = try server.sql(
            """
            SELECT CASE WHEN query LIKE '%lease_until FROM t)%' THEN 'claim' WHEN query LIKE '%is_paused, (%' THEN 'claim: look'
            WHEN query LIKE '%unnest($7::uuid%' THEN 'insert' WHEN query LIKE '%cardinality($1::uuid%' THEN 'complete'
            ELSE left(regexp_replace(query, '\\s+', ' ', 'g'), 60) END,
            sum(shared_blks_hit + shared_blks_read), sum(total_exec_time)
            FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND query NOT LIKE '%pg_stat_%' GROUP BY 1
            """, database: database)
        var costs: [String: Cost] = [:]
        for row in rows.split(separator: "\n") {
            let fields = row.split(separator: "|")
            guard fields.count >= 3, let pages = Double(fields[fields.count - 2]),
                let time = Double(fields[fields.count - 1])
            else { continue }
            costs[String(fields[0])] = Cost(pages: pages / Double(jobs), milliseconds: time / Double(jobs))
        }
        return costs
    }
}
