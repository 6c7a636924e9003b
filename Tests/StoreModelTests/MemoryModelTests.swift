import Hakobi
import HakobiTestKit
import Testing

@Suite("Random histories")
struct MemoryModelTests {
    /// Nothing in the specification may depend on anything but its calls: hash seeds, addresses, the order of tasks.
    @Test("two memory stores live the same history alike", .timeLimit(.minutes(5)))
    func memoryAgainstMemory() async throws {
        try await live(modelSeeds()) { seed in
            try await StoreModel.run(seed: seed, oracle: memory(), subject: memory())
        }
    }

    /// A model that notices nothing would prove nothing.
    @Test(
        "a history tells a broken store from a whole one", .timeLimit(.minutes(5)),
        arguments: StoreMutants.all.filter { !unnoticeable.contains($0.name) })
    func mutantAgainstMemory(_ mutant: StoreMutants.Mutant) async throws {
        for seed in UInt64(1)...60 {
            do {
                try await StoreModel.run(seed: seed, oracle: memory(), subject: mutant.fixture())
            } catch is StoreModel.Divergence {
                return
            }
        }
        Issue.record("60 histories did not notice that \(mutant)")
    }
}

/// Faults in what the histories have none of: large values, far times, empty calls, hints; and one that takes a deleted id
/// coming back under the same owner, which sixty histories may well not have.
private let unnoticeable: Set<String> = [
    "a payload is cut at 65,535 bytes", "a payload may have any size", "an error text is cut at 255 bytes",
    "an insert of nothing is refused", "a far due time overflows into the past", "nobody is told of a nudge",
    "a settle does not tell a job from an older one of its id",
]
