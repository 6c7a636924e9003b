import Foundation
import HakobiTestKit
import Servers
import Testing

@testable import HakobiPostgres

/// Retention and vacuum together keep the tables as large as what is in them. VACUUM runs after each round, as autovacuum
/// does in its time; 200 rounds of 2,000 jobs in `make soak`, eight otherwise.
@Suite("tables that stay as large as they are")
struct GrowthTests {
    @Test(.timeLimit(.minutes(10)))
    func bounded() async throws {
        // Of its own: a snapshot held in any database of a server keeps empty pages of indexes from being used again.
        let server = try PostgresServer()
        let database = try server.database()
        let store = try await PostgresStore(url: server.url(database: database))
        do {
            let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] != nil
            let sizes = try await Churn.sizes(isSoak: isSoak, of: store) {
                _ = try server.sql("VACUUM", database: database)
                let text = try server.sql(
                    """
                    SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c
                    WHERE c.relnamespace = 'hakobi'::regnamespace AND c.relkind = 'r'
                    """, database: database)
                return try #require(Int(text))
            }
            print("bytes of the tables after four rounds: \(sizes.settled), at the end: \(sizes.later)")
            #expect(sizes.later < sizes.settled * 3 / 2)
            await store.close()
        } catch {
            await store.close()
            throw error
        }
    }
}
