import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

/// Every hot statement by its plan: made in the morning while nothing waits and found out at noon, made at noon, and made
/// when the tables have been counted. The walls are in the future, of a kind nobody asks for, in a paused queue, running and
/// finished; a million rows in `make soak`.
@Suite("Plans made in the morning are good at noon", .serialized)
struct HotPlanTests {
    private static let rows = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] == nil ? 100_000 : 1_000_000

    @Test(.timeLimit(.minutes(10)))
    func plans() throws {
        let server = try PostgresServer(settings: ["shared_preload_libraries": "pg_stat_statements"])
        let database = try server.database()
        let url = server.url(database: database)
        try connect(url).run(
            script: "CREATE EXTENSION pg_stat_statements; CREATE SCHEMA hakobi; \(try script())")
        let morning = try connection(url)
        for hot in Hot.all { _ = try morning.buffers(of: hot) }
        try server.sql(
            Walls.waiting(Self.rows) + Walls.due() + Self.running
                + Walls.finished(
                    Self.rows, ended: "hakobi.now_us() - CASE WHEN i <= 100 THEN 90000000000 ELSE 0 END"),
            database: database)
        try look(morning, "made in the morning")
        try look(try connection(url), "made at noon")
        try server.sql("ANALYZE", database: database)
        try look(try connection(url), "made when all is counted")
    }

    private func script() throws -> String {
        let all = try #require(Schema.migrations.first)
        return all.statements(schema: "hakobi", channel: "hot").joined(separator: "\n")
    }

    private func connection(_ url: String) throws -> Connection {
        let connection = try connect(url)
        let round = connection.newRound()
        round.add(SessionStatements.settings) {
            $0.bool(false)
            $0.bool(true)
        }
        _ = try connection.run(round)
        return connection
    }

    private func look(_ connection: Connection, _ when: String) throws {
        for hot in Hot.all {
            let buffers = try connection.buffers(of: hot)
            print("buffers for 100 jobs, \(when): \(hot.statement.name) \(buffers)")
            #expect(buffers < 100 * hot.most, "\(hot.statement.name), \(when)")
        }
    }

    /// A hundred whose leases have run out, and batches that others hold.
    private static let running = """
        INSERT INTO hakobi.live (job_row, id, due, created, lane, kind, max_failures, version, codec, payload, owner,
        attempt, lease_until, claimed) OVERRIDING SYSTEM VALUE
        SELECT 10000000 + i, ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, hakobi.now_us() - 5000000, 1, 2,
        1, 10, 1, 'json', '{}', 1, 1, hakobi.now_us() - 1000, 1 FROM generate_series(1, 100) AS i;
        INSERT INTO hakobi.claim (owner, lease_until, ids)
        SELECT 1, hakobi.now_us() - 1000, array_agg(id) FROM hakobi.live WHERE owner = 1;
        INSERT INTO hakobi.claim (owner, lease_until, ids)
        SELECT 1, hakobi.now_us() + 3600000000, ARRAY[gen_random_uuid()] FROM generate_series(1, \(rows / 10));

        """
}

/// A statement for the hundred jobs that run, or that wait.
private struct Hot: Sendable {
    let statement: Statement
    /// Buffers a job: any scan of a wall would be thousands.
    let most: Int
    let bind: @Sendable (Parameters) -> Void

    init(_ statement: Statement, most: Int = 25, _ bind: @escaping @Sendable (Parameters) -> Void) {
        self.statement = statement
        self.most = most
        self.bind = bind
    }

    private static let ids = (1...100).map { JobID(high: 0x7000, low: 0x8000_0000_0000_0000 + UInt64($0)) }
    private static let new = (1...100).map { JobID(high: 0x7001, low: 0x8000_0000_0000_0000 + UInt64($0)) }

    private static func leases(_ p: Parameters) {
        p.uuids(ids)
        p.int8s(1...100) { 10_000_000 + Int64($0) }
        p.int4s(ids) { _ in 1 }
        p.int4s(ids) { _ in 1 }
        p.int8(nil)
    }

    private static func claim(_ lanes: [Int32]) -> ClaimRequest {
        ClaimRequest(
            lease: 60_000_000, lanes: lanes, places: lanes.map { _ in .start }, limits: lanes.map { _ in 100 },
            wanted: 100, owner: 1)
    }

    static let all: [Hot] = {
        let sql = AllStatements("hakobi")
        return [
            Hot(sql.claim.fromOne, claim([2]).bind),
            Hot(sql.claim.fromMany, claim([2, 6]).bind),
            Hot(sql.claim.heads) { p in
                p.int8(nil)
                p.int4s([2, 3, 4, 5, 6, 7])
                p.int8(.min)
            },
            Hot(sql.insert.plain, insert),
            Hot(sql.insert.one, insertOne),
            // Two keys are looked for and written beside the job, in three more indexes.
            Hot(sql.insert.keyed, most: 50, insertKeyed),
            Hot(sql.insert.undoEnded) { $0.uuids(new) },
            Hot(sql.insert.undoOneEnded) { $0.uuid(new.first) },
            Hot(sql.move.complete) { p in
                leases(p)
                p.int4s(ids) { _ in 0 }
                p.int8s(ids) { _ in 0 }
            },
            Hot(sql.move.lockHeld, leases),
            Hot(sql.move.lookHeld, leases),
            Hot(sql.move.lockFree, leases),
            Hot(sql.move.giveBack) { p in
                p.uuids(ids)
                p.int4s(ids) { _ in 2 }
                p.int8s(ids) { _ in 0 }
                p.int4s(ids) { _ in 0 }
                p.int4s(ids) { _ in 0 }
                p.int2s(ids) { _ in 0 }
            },
            Hot(sql.move.finish, finish),
            Hot(sql.move.extend) { p in
                p.int8(nil)
                p.uuids(ids)
                p.int8s(ids) { _ in 60_000_000 }
            },
            Hot(sql.move.addAttempts, lines),
            Hot(sql.move.addClaims) { p in
                p.int4s(ids) { _ in 1 }
                p.int8s(ids) { _ in 60_000_000 }
                p.uuids(ids)
            },
            Hot(sql.move.removeClaims) { $0.int8s(1...100) { $0 } },
            Hot(sql.rescue.expired) { p in
                p.int8(nil)
                p.int8(nil)
                p.int8(100)
            },
            Hot(sql.rescue.removeOver) { $0.int8(nil) },
            Hot(sql.edit.prune) { p in
                p.int8(nil)
                p.int8(100)
                p.int8(86_400_000_000)
                p.int8(86_400_000_000)
                p.int8(1_000_000_000)
                p.int8(.min)
            },
        ]
    }()

    @Sendable
    private static func insert(_ p: Parameters) {
        p.int8(nil)
        p.int4(2)
        p.int4(1)
        p.int8(10)
        p.int4(1)
        p.text("json")
        p.uuids(new)
        p.byteas(new) { _ in [0x7B, 0x7D] }
        for _ in 0..<4 { p.int8s([]) }
        p.int4s([])
        p.int4s([])
        p.int8s([])
        p.int4s([])
        p.texts([])
        p.byteas([])
    }

    @Sendable
    private static func insertOne(_ p: Parameters) {
        p.int8(nil)
        p.int4(2)
        p.int4(1)
        p.int8(10)
        p.int4(1)
        p.text("json")
        p.uuid(new.first)
        p.bytea([0x7B, 0x7D])
        for _ in 0..<4 { p.int8(nil) }
        p.bytea(nil)
    }

    @Sendable
    private static func insertKeyed(_ p: Parameters) {
        p.int8(nil)
        p.uuids(new)
        p.byteas(new) { _ in [0x7B, 0x7D] }
        for _ in 0..<4 { p.int8s([]) }
        for number: Int32 in [2, 1] { p.int4s(new) { _ in number } }
        p.int8s(new) { _ in 10 }
        p.int4s(new) { _ in 1 }
        p.texts(new) { _ in "json" }
        p.byteas(new) { _ in [] }
        p.texts(new) { "once \($0)" }
        p.int8s(new) { _ in 86_400_000_000 }
        p.texts(new) { "one \($0)" }
        p.texts(new) { _ in "keep" }
    }

    @Sendable
    private static func lines(_ p: Parameters) {
        p.int8s(1...100) { 10_000_000 + Int64($0) }
        p.int4s(ids) { _ in 1 }
        p.texts(ids) { _ in "failed" }
        p.texts(ids) { _ in "no" }
        p.int4s(ids) { _ in nil }
        p.int4s(ids) { _ in nil }
        p.int8s(ids) { _ in nil }
        p.int4s(ids) { _ in 0 }
        p.int8s(ids) { _ in 1 }
        p.int8s(ids) { _ in 1 }
        p.int8(1)
    }

    @Sendable
    private static func finish(_ p: Parameters) {
        p.uuids(ids)
        p.int4s(ids) { _ in 2 }
        p.int4s(ids) { _ in 0 }
        p.int4s(ids) { _ in 0 }
        p.int2s(ids) { _ in 0 }
        p.int2s(ids) { _ in 5 }
        p.int4s(ids) { _ in 0 }
        p.int8s(ids) { _ in 0 }
        p.int8(1)
    }
}

extension Connection {
    /// Runs it as it has been prepared, or is now, and answers how many buffers that touched; nothing of it stays.
    fileprivate func buffers(of hot: Hot) throws -> Int {
        _ = try run("SELECT pg_stat_statements_reset()")
        try run(script: "BEGIN")
        let round = newRound()
        round.add(hot.statement, hot.bind)
        _ = try run(round)
        try run(script: "ROLLBACK")
        let rows = try run(
            """
            SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0)::int8 FROM pg_stat_statements
            WHERE query NOT LIKE '%pg_stat_statements%'
            """)
        return Int(try rows[0].int8(0))
    }
}
