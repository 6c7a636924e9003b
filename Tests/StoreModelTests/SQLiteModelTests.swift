import Foundation
import HakobiSQLite
import HakobiTestKit
import Testing

@Suite("Random histories on SQLite")
struct SQLiteModelTests {
    @Test("a SQLite store lives every history as the specification does", .timeLimit(.minutes(5)))
    func sqliteAgainstMemory() async throws {
        try await live(modelSeeds(), compareWithSQLite)
    }
}

/// Lives one history on a file of its own.
@Sendable private func compareWithSQLite(seed: UInt64) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "hakobi-model-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let clock = ManualClock()
    // Nothing here survives the process, so the disk need not be waited for.
    let options = SQLiteOptions(synchronous: .normal, clock: clock.storeClock)
    let store = try SQLiteStore(path: directory.appending(path: "jobs.db").path, options: options)
    do {
        let subject = StoreFixture(store, wakeUps: store, clock: clock)
        try await StoreModel.run(seed: seed, oracle: memory(), subject: subject)
        await store.close()
    } catch {
        await store.close()
        throw error
    }
}
