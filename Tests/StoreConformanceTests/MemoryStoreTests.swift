import Hakobi
import HakobiTestKit
import Testing

@Suite("MemoryStore keeps what it promises")
struct MemoryStoreTests {
    @Test("promise", .timeLimit(.minutes(5)), arguments: StoreConformance.checks)
    func keeps(_ check: StoreConformance.Check) async throws {
        let clock = ManualClock()
        let store = MemoryStore(clock: clock.storeClock)
        try await check.run(StoreFixture(store, wakeUps: store, clock: clock))
    }
}
