import Glibc
import HakobiCore
import Testing

@testable import HakobiDatabase
@testable import HakobiSQLite

@Suite("Whoever waits is woken", .timeLimit(.minutes(1)))
struct WakeTests {
    /// A stream's first element, or `false` after `limit`.
    private func first(of stream: AsyncStream<Void>, within limit: Duration = .seconds(10)) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in stream { return true }; return false
            }
            group.addTask { (try? await Task.sleep(for: limit)) == nil }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    @Test("another store on the file hears an insert", arguments: [10, 150])
    func across(_ length: Int) async throws {
        let directory = TemporaryDirectory()
        let deep = directory.file(String(repeating: "d", count: length))
        mkdir(deep, 0o700)
        let (sender, listener) = try (SQLiteStore(path: "\(deep)/jobs.db"), SQLiteStore(path: "\(deep)/jobs.db"))
        let hints = listener.hints()
        _ = try await sender.insert([Sample.job()])
        #expect(await first(of: hints))
        await sender.close()
        await listener.close()
    }

    @Test("a job for later wakes nobody")
    func later() async throws {
        try await withStore { store, _ in
            let hints = store.hints()
            _ = try await store.insert([Sample.job(due: .after(.seconds(60)))])
            #expect(await !first(of: hints, within: .milliseconds(100)))
        }
    }

    @Test("a socket goes with its listener, and a dead one is cleared away")
    func sockets() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        let wake = WakeDirectory(at: "\(directory.file())-wake")
        let stale = try #require(wake.listen(as: "1-stale.socket"))
        close(stale)
        #expect(wake.sockets() == ["1-stale.socket"])
        store.nudge()
        #expect(wake.sockets().isEmpty)
        let listening = Task { for await _ in store.hints() {} }
        while wake.sockets().isEmpty { await Task.yield() }
        listening.cancel()
        await listening.value
        #expect(wake.sockets().isEmpty)
        await store.close()
    }

    @Test("the stream ends when the store is closed")
    func ends() async throws {
        let directory = TemporaryDirectory()
        let store = try SQLiteStore(path: directory.file())
        let hints = store.hints()
        await store.close()
        for await _ in hints {}
    }
}
