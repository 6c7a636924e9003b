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
            try server.sql(
                Walls.waiting(Self.rows, schema: schema) + Walls.due(schema: schema)
                    + Walls.finished(Self.rows, schema: schema))
            let sql = ClaimStatements("\"\(schema)\"")
            for lanes in [[2], [2, 6]] as [[Int32]] {
                let request = ClaimRequest(
                    lease: 60_000_000, lanes: lanes, places: lanes.map { _ in .start },
                    limits: lanes.map { _ in 100 }, wanted: 100, owner: 1)
                let statement = request.statement(of: sql)
                let buffers = try buffers(of: statement, at: url, request.bind)
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
}
