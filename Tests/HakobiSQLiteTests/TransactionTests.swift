import GRDB
import HakobiCore
import Testing

@testable import HakobiSQLite

@Suite("Jobs inside the caller's own transaction", .timeLimit(.minutes(1)))
struct TransactionTests {
    private struct Undo: Error {}

    private func weakPool(_ path: String) throws -> DatabasePool {
        // A pool commits at NORMAL unless told otherwise.
        try DatabasePool(path: path, configuration: SQLiteStore.fair(Configuration()))
    }

    private func pool(_ path: String, _ store: SQLiteStore) throws -> DatabasePool {
        let pool = try weakPool(path)
        try store.makeDurable(pool)
        return pool
    }

    @Test("they are there with the commit, and the counts know it")
    func commit() async throws {
        try await withStore { store, directory in
            let job = try Sample.job()
            let hints = store.hints()
            let answer = try await pool(directory.file(), store).write { db in
                try db.execute(sql: "CREATE TABLE orders (id INTEGER PRIMARY KEY)")
                return try store.insert([job], in: db)
            }
            #expect(answer == [.inserted])
            for await _ in hints { break }
            #expect(try await store.stats().states[.available] == 1)
            #expect(try await store.claim(Sample.demand(1)).map(\.lease.job) == [job.id])
        }
    }

    @Test("a rollback leaves no job")
    func rollback() async throws {
        try await withStore { store, directory in
            let job = try Sample.job()
            await #expect(throws: Undo.self) {
                try await pool(directory.file(), store).write { db in
                    _ = try store.insert([job], in: db)
                    throw Undo()
                }
            }
            #expect(try await store.job(job.id) == nil)
            #expect(try await store.stats().states[.available] == 0)
            #expect(try await store.insert([job]) == [.inserted])
        }
    }

    @Test("a connection that could lose it is refused, unless that is allowed")
    func weak() async throws {
        try await withStore { store, directory in
            let pool = try weakPool(directory.file())
            let job = try Sample.job()
            let error = await #expect(throws: StoreError.self) {
                try await pool.write { db in _ = try store.insert([job], in: db) }
            }
            #expect(error?.reason == .unsuitable)
            #expect(error?.description.contains("NORMAL") == true)
            let answer = try await pool.write { db in
                try store.insert([job], in: db, allowingWeakDurability: true)
            }
            #expect(answer == [.inserted])
        }
    }

    @Test("outside a transaction, or on another file, it is refused")
    func elsewhere() async throws {
        try await withStore { store, directory in
            let job = try Sample.job()
            let outside = await #expect(throws: StoreError.self) {
                try await pool(directory.file(), store).writeWithoutTransaction { db in
                    _ = try store.insert([job], in: db)
                }
            }
            #expect(outside?.description.contains("transaction") == true)
            let other = await #expect(throws: StoreError.self) {
                try await pool(directory.file("other.db"), store).write { db in _ = try store.insert([job], in: db) }
            }
            #expect(other?.description.contains("other.db") == true)
            #expect(try await store.job(job.id) == nil)
        }
    }
}
