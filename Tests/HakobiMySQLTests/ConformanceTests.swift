import HakobiTestKit
import Testing

@Suite("MySQLStore keeps what every store promises", .serialized)
struct ConformanceTests {
    @Test("promise", .timeLimit(.minutes(1)), arguments: StoreConformance.checks)
    func keeps(_ check: StoreConformance.Check) async throws {
        let clock = ManualClock()
        try await withStore(clock: clock.storeClock) { store in
            try await check.run(StoreFixture(store, wakeUps: store, clock: clock))
        }
    }
}
