package import HakobiCore
internal import Logging

/// A session of its own beside a store's: benchmarks watch the server through it, or get in its way.
package final class PostgresMeter: Sendable {
    private let store: PostgresStore

    /// Connects; the schema is the one in the URL.
    package init(url: String) async throws(StoreError) {
        // A report that is cut short is no news.
        var logger = Logger(label: "hakobi.meter")
        logger.logLevel = .critical
        store = try await PostgresStore(
            url: url, options: PostgresOptions(migratesOnOpen: false, node: "meter", listens: false, logger: logger))
    }

    /// How many bytes of log the server has written.
    package func logPosition() async throws(StoreError) -> Int64 { try await number(MeterStatements.position) }

    /// How many pages the sessions of this database have looked at.
    package func pages() async throws(StoreError) -> Int64 { try await number(MeterStatements.pages) }

    /// Keeps one snapshot until `close`.
    package func holdSnapshot() async throws(StoreError) {
        _ = try await number(MeterStatements.look, after: MeterStatements.hold)
    }

    /// Runs one analytical query that takes so long. Cancellation leaves it running at the server until `close`.
    package func report(for duration: Duration) async throws(StoreError) {
        try await store.take.perform("report") { session throws(PostgresError) in
            let round = session.newRound()
            round.add(MeterStatements.report(session.shared.quotedSchema)) { $0.int8(duration.wholeMicroseconds) }
            _ = try session.run(round)
        }
    }

    /// Ends the session.
    package func close() async { await store.close() }

    private func number(_ statement: Statement, after first: Statement? = nil) async throws(StoreError) -> Int64 {
        try await store.take.perform("meter", needsSchema: false) { session throws(PostgresError) in
            for one in [first].compactMap(\.self) {
                let round = session.newRound()
                round.add(one)
                _ = try session.run(round)
            }
            let round = session.newRound()
            let step = round.add(statement)
            return try session.run(round)[step].first?.int8(0) ?? 0
        }
    }
}
