import Foundation
import Hakobi
import HakobiTestKit

/// Which histories to live: fresh seeds every run, or the one that a failure printed.
///
/// `HAKOBI_SEED` lives one history again; `HAKOBI_HISTORIES` sets how many are lived.
func modelSeeds(_ count: Int = 1000) -> [UInt64] {
    let environment = ProcessInfo.processInfo.environment
    if let seed = environment["HAKOBI_SEED"].flatMap({ UInt64($0) }) { return [seed] }
    let histories = environment["HAKOBI_HISTORIES"].flatMap { Int($0) } ?? count
    return (0..<histories).map { _ in UInt64.random(in: 0 ... .max) }
}

/// Lives every history, a few at a time; the first divergence, which names its seed, ends them all.
func live(
    _ seeds: [UInt64], atOnce: Int = 2, _ one: @escaping @Sendable (_ seed: UInt64) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in 0..<atOnce {
            group.addTask {
                for index in stride(from: lane, to: seeds.count, by: atOnce) {
                    try Task.checkCancellation()
                    try await one(seeds[index])
                }
            }
        }
        try await group.waitForAll()
    }
}

/// A fresh specification with a clock of its own.
@Sendable func memory() -> StoreFixture {
    let clock = ManualClock()
    let store = MemoryStore(clock: clock.storeClock)
    return StoreFixture(store, wakeUps: store, clock: clock)
}
