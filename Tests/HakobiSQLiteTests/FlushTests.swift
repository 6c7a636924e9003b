import HakobiCore
import Testing

@testable import HakobiSQLite

@Suite("What is answered before it is on the disk", .timeLimit(.minutes(1)))
struct FlushTests {
    /// SQLite's own word for the connection that commits: 2 is FULL, 1 is NORMAL.
    private func level(_ store: SQLiteStore, _ rank: Rank) async throws -> Int64? {
        try await store.writes.submit("level", rank) { session throws(StoreError) in
            try session.connection.prepare(.synchronous).first { row in row.int(0) }
        }
    }

    @Test("claims alone and nothing else")
    func claimsAlone() async throws {
        try await withStore { store, _ in
            for _ in 0..<3 {
                // Only after a rest, which the writer takes in its own time.
                while try await level(store, .claim) != 1 { await Task.yield() }
                let change = try await level(store, .change)
                let settle = try await level(store, .settle)
                #expect(change == 2)
                #expect(settle == 2)
            }
        }
    }

    @Test("what came with a claim waits for the disk")
    func inbox() async throws {
        let inbox = Inbox()
        #expect(inbox.hasOnlyClaims)
        let calls = [Rank.claim, .change, .claim].map { rank in
            Task { try await inbox.submit("test", rank) { _ throws(StoreError) in true } }
        }
        var claims: [Ticket] = []
        while claims.count < 2 {
            claims += inbox.takeAll(onlyClaims: true)
            await Task.yield()
        }
        while !inbox.hasWork { await Task.yield() }
        #expect(!inbox.hasOnlyClaims)
        let others = inbox.takeAll()
        #expect(claims.map(\.rank) == [.claim, .claim])
        #expect(others.map(\.rank) == [.change])
        for ticket in claims + others { ticket.fail(.closed("test")) }
        for call in calls { await #expect(throws: StoreError.self) { try await call.value } }
    }

    @Test("a store that need not wait for the disk never does")
    func normal() async throws {
        try await withStore(SQLiteOptions(synchronous: .normal)) { store, _ in
            let change = try await level(store, .change)
            let claim = try await level(store, .claim)
            #expect(change == 1)
            #expect(claim == 1)
        }
    }
}
