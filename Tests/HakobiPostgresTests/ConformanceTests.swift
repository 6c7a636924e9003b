import HakobiPostgres
import HakobiTestKit
import Servers
import Testing

/// One after another: each opens two connections, and a server has a hundred.
@Suite("PostgresStore keeps what every store promises", .serialized)
struct ConformanceTests {
    @Test("promise", .timeLimit(.minutes(2)), arguments: StoreConformance.checks)
    func keeps(_ check: StoreConformance.Check) async throws {
        let clock = ManualClock()
        try await withStore(PostgresOptions(clock: clock.storeClock)) { store in
            try await check.run(StoreFixture(store, wakeUps: store, clock: clock))
        }
    }
}

/// A store in a schema of its own.
func withStore<Answer: Sendable>(
    _ options: PostgresOptions = PostgresOptions(), _ body: (PostgresStore) async throws -> Answer
) async throws -> Answer {
    let server = try PostgresServer.shared()
    return try await withStore(url: server.url("hakobi_schema=\(server.freshSchema())"), options, body)
}

/// A store at this place.
func withStore<Answer: Sendable>(
    url: String, _ options: PostgresOptions = PostgresOptions(), _ body: (PostgresStore) async throws -> Answer
) async throws -> Answer {
    let store = try await PostgresStore(url: url, options: options)
    do {
        let answer = try await body(store)
        await store.close()
        return answer
    } catch {
        await store.close()
        throw error
    }
}
