import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

/// A claim costs what it takes, not what it walks past. The walls are 200,000 rows high; `make soak` is the place for more,
/// and nothing here depends on the height.
@Suite("Plans of the hot statements")
struct PlanTests {
    private static let rows = 200_000

    @Test("a claim of a hundred touches few pages a job, whatever stands in front", .timeLimit(.minutes(2)))
    func claim() async throws {
        let server = try PostgresServer.shared()
        let schema = server.freshSchema()
        let url = server.url("hakobi_schema=\(schema)")
        try await withStore(url: url) { _ in
            try server.sql(Self.walls.replacing("SCHEMA", with: schema))
            let sql = ClaimStatements("\"\(schema)\"")
            for (statement, lanes) in [(sql.fromOne, [Int32(2)]), (sql.fromMany, [2, 6])] {
                let buffers = try buffers(of: statement, at: url) { p in
                    p.int8(nil)
                    p.int8(nil)
                    p.int4s(lanes)
                    p.int8s(lanes) { _ in .min }
                    p.int8s(lanes) { _ in .min }
                    p.int4s(lanes) { _ in 100 }
                    p.int8(100)
                    p.int4(1)
                    p.int8(60_000_000)
                }
                #expect(buffers < 100 * 15, "\(statement.name) touched \(buffers) buffers for 100 jobs")
            }
        }
    }

    /// Runs the statement as the store does, and answers how many buffers it touched.
    private func buffers(of statement: Statement, at url: String, _ bind: (Parameters) -> Void) throws -> Int {
        let connection = try connect(url)
        let round = connection.newRound()
        round.add(SessionStatements.settings) {
            $0.bool(true)
            $0.bool(true)
        }
        let step = round.add(
            Statement("explain", "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) \(statement.text)"), bind)
        let lines = try connection.run(round)[step].map { try $0.text(0) }
        let line = try #require(lines.first { $0.contains("Buffers: shared") })
        let counts = line.split(separator: " ").filter { $0.hasPrefix("hit=") || $0.hasPrefix("read=") }
        return counts.compactMap { Int($0.drop { $0 != "=" }.dropFirst()) }.reduce(0, +)
    }

    /// Lane 2 is asked for: most of it is not due; lane 4 is of a kind nobody knows, lane 6 of a paused queue; and as many
    /// have ended.
    private static let walls = """
        SELECT SCHEMA.lane_number('default', 'work', 5::smallint), SCHEMA.lane_number('default', 'other', 5::smallint),
        SCHEMA.lane_number('stopped', 'work', 5::smallint);
        UPDATE SCHEMA.queue SET is_paused = true WHERE name = 'stopped';
        INSERT INTO SCHEMA.live (id, due, created, lane, kind, max_failures, version, codec, payload)
        SELECT gen_random_uuid(), SCHEMA.now_us() + CASE WHEN i % 3 = 0 THEN 86400000000 ELSE -9000000 END, 1,
        i % 3 * 2 + 2, 1, 10, 1, 'json', '{}' FROM generate_series(1, \(rows)) AS i;
        INSERT INTO SCHEMA.live (id, due, created, lane, kind, max_failures, version, codec, payload)
        SELECT gen_random_uuid(), SCHEMA.now_us() - 5000000, 1, 2, 1, 10, 1, 'json', '{}' FROM generate_series(1, 300);
        INSERT INTO SCHEMA.finished (job_row, id, due, created, ended, lane, kind, attempt, failures, crashes,
        max_failures, version, flags, state, codec, payload)
        SELECT -i, gen_random_uuid(), i, i, i, 2, 1, 1, 0, 0, 10, 1, 0, 3, 'json', '{}' FROM generate_series(1, \(rows)) AS i
        """
}
