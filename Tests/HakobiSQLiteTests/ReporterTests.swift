import HakobiCore
import HakobiTestKit
import Testing

@testable import HakobiSQLite

/// Worker processes come and go; what the history needs of them stays as long as the history.
@Suite(.timeLimit(.minutes(1)))
struct ReporterTests {
    private let clock = ManualClock()

    private func withOwnStore(_ body: (SQLiteStore) async throws -> Void) async throws {
        var options = SQLiteOptions()
        options.clock = clock.storeClock
        try await withStore(options) { store, _ in try await body(store) }
    }

    /// Completes a job as that process, and answers its id.
    private func complete(_ store: SQLiteStore, as pid: Int32) async throws -> JobID {
        let job = try Sample.job()
        _ = try await store.insert([job])
        let claimed = try await store.claim(Sample.demand(1))
        let report = AttemptReport(host: "node", pid: pid, generation: 1, release: "test", ran: .zero)
        _ = try await store.settle(claimed.map { Settlement($0.lease, .completed(result: nil), report: report) })
        return job.id
    }

    private func rows(_ store: SQLiteStore) async throws -> [Int64] {
        try await store.writes.submit("test") { session throws(StoreError) in
            var pids: [Int64] = []
            for number in 1...400 {
                let statement = try session.connection.prepare(.reporterByNumber)
                statement.bind(1, number)
                if let pid = try statement.first({ row in row.int(1) }) { pids.append(pid) }
            }
            return pids
        }
    }

    @Test func theDeadAreForgottenWhenTheirHistoryIsAndTheLivingAreNot() async throws {
        try await withOwnStore { store in
            for pid in 1...300 { _ = try await complete(store, as: Int32(pid)) }
            for _ in 0..<12 {
                clock.advance(by: .seconds(86_400))
                _ = try await complete(store, as: 7)
                _ = try await store.prune(Retention(), limit: 10_000)
            }
            // The newest row stays, so that no number is given twice.
            #expect(try await rows(store) == [7, 300])
            let id = try await complete(store, as: 8)
            #expect(try await rows(store) == [7, 300, 8])
            #expect(try await store.job(id)?.history.first?.report?.pid == 8)
        }
    }

    @Test func withinItsTimeEveryLineOfHistoryKnowsItsProcess() async throws {
        try await withOwnStore { store in
            let id = try await complete(store, as: 1)
            _ = try await complete(store, as: 2)
            clock.advance(by: .seconds(86_000))
            _ = try await store.prune(Retention(), limit: 10_000)
            #expect(try await store.job(id)?.history.first?.report?.pid == 1)
        }
    }

    @Test func whoComesBackAfterItWasForgottenIsWrittenAgain() async throws {
        try await withOwnStore { store in
            _ = try await complete(store, as: 1)
            _ = try await complete(store, as: 2)
            clock.advance(by: .seconds(20 * 86_400))
            _ = try await store.prune(Retention(), limit: 10_000)
            #expect(try await rows(store) == [2])
            let id = try await complete(store, as: 1)
            #expect(try await rows(store) == [2, 1])
            #expect(try await store.job(id)?.history.first?.report?.pid == 1)
        }
    }
}
