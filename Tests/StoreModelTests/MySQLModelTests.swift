import Foundation
import HakobiMySQL
import HakobiTestKit
import Servers
import Testing

@Suite("Random histories on MariaDB")
struct MySQLModelTests {
    @Test("a MariaDB store lives every history as the specification does", .timeLimit(.minutes(10)))
    func mysqlAgainstMemory() async throws {
        let server = try MariaDBServer.shared()
        let database = try server.database()
        try await live(modelSeeds(60)) { seed in
            let url = server.url(database: database, "hakobi_prefix=s\(seed)_")
            try await compare(seed: seed, url: url)
        }
    }
}

/// Lives one history on tables of its own, which go with the server.
private func compare(seed: UInt64, url: String) async throws {
    let clock = ManualClock()
    let store = try MySQLStore(url: url, options: MySQLOptions(clock: clock.storeClock))
    do {
        let subject = StoreFixture(store, wakeUps: store, clock: clock)
        try await StoreModel.run(seed: seed, oracle: memory(), subject: subject)
        await store.close()
    } catch {
        await store.close()
        throw error
    }
}
