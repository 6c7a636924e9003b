import HakobiSQLite
import HakobiTestKit
import Testing

@Suite("SQLiteStore keeps what every store promises")
struct ConformanceTests {
    @Test("promise", .timeLimit(.minutes(1)), arguments: StoreConformance.checks)
    func keeps(_ check: StoreConformance.Check) async throws {
        let clock = ManualClock()
        try await withStore(SQLiteOptions(clock: clock.storeClock)) { store, _ in
            try await check.run(StoreFixture(store, wakeUps: store, clock: clock))
        }
    }
}
