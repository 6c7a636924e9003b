import Foundation
import HakobiPostgres
import HakobiTestKit
import Servers
import Testing

@Suite("Random histories on PostgreSQL")
struct PostgresModelTests {
    @Test("a PostgreSQL store lives every history as the specification does", .timeLimit(.minutes(10)))
    func postgresAgainstMemory() async throws {
        try await live(modelSeeds(60), compareWithPostgres)
    }
}

/// Lives one history in a schema of its own, which goes with the server.
@Sendable private func compareWithPostgres(seed: UInt64) async throws {
    let clock = ManualClock()
    let server = try PostgresServer.shared()
    let store = try await PostgresStore(
        url: server.url("hakobi_schema=\(server.freshSchema())"),
        options: PostgresOptions(listens: false, clock: clock.storeClock))
    do {
        let subject = StoreFixture(store, wakeUps: store, clock: clock)
        try await StoreModel.run(seed: seed, oracle: memory(), subject: subject)
        await store.close()
    } catch {
        await store.close()
        throw error
    }
}
