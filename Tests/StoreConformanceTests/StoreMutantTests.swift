import HakobiTestKit
import Testing

@Suite("The suite can fail, in each of its promises")
struct StoreMutantTests {
    @Test("names are unique, and there are enough of them")
    func names() {
        #expect(StoreConformance.checks.count >= 45)
        #expect(StoreMutants.all.count >= 20)
        #expect(Set(StoreConformance.checks.map(\.name)).count == StoreConformance.checks.count)
        #expect(Set(StoreMutants.all.map(\.name)).count == StoreMutants.all.count)
    }

    /// Every mutant against every check: each mutant is caught, and each check has caught one.
    @Test("every broken store breaks a promise, and every promise is broken by one", .timeLimit(.minutes(5)))
    func bothWays() async throws {
        var neverBroken = Set(StoreConformance.checks.map(\.name))
        for mutant in StoreMutants.all {
            let broken = await broken(by: mutant)
            #expect(!broken.isEmpty, "no check notices that \(mutant)")
            neverBroken.subtract(broken)
        }
        #expect(neverBroken.sorted() == [], "no mutant breaks these")
    }

    private func broken(by mutant: StoreMutants.Mutant) async -> Set<String> {
        await withTaskGroup(of: String?.self) { group in
            for check in StoreConformance.checks {
                group.addTask {
                    do {
                        try await check.run(mutant.fixture())
                        return nil
                    } catch {
                        return check.name
                    }
                }
            }
            return await group.reduce(into: Set()) { names, name in if let name { names.insert(name) } }
        }
    }
}
