package import HakobiCore

/// What a queue does for ever: jobs come, most are completed, some die, and what is old goes. After the first rounds a store
/// must not grow by it.
package struct Churn: Sendable {
    private let store: any JobStore
    private let editor: any JobEditor
    private let owner = Owner(node: "churn", boot: "b", incarnation: "i")
    /// Jobs of one round; as many finished ones are kept.
    private static let jobs = 2000
    private static let slice = 500

    package init(_ store: some JobStore & JobEditor) { (self.store, self.editor) = (store, store) }

    /// One round: 2,000 jobs, of which each tenth has failed before and dies.
    package func round() async throws {
        for _ in 0..<(Self.jobs / Self.slice) {
            var random = SystemRandomNumberGenerator()
            _ = try await store.insert(
                (0..<Self.slice).map { _ in
                    NewJob(
                        id: JobID(at: Timestamp(microseconds: 0), using: &random), kind: try Kind("churn"),
                        payload: Payload([UInt8](repeating: 0x78, count: 100)))
                })
        }
        while try await work() {}
        let retention = Retention(completedAge: .seconds(86_400), completedRows: Self.jobs, deadAge: .zero)
        while try await editor.prune(retention, limit: Self.slice) > 0 {}
    }

    /// Whether there was anything to do.
    private func work() async throws -> Bool {
        let claimed = try await store.claim(
            Demand(
                queues: .all, kinds: [Kind("churn")], slots: Self.slice, lonelySlots: 0, lease: .seconds(60),
                owner: owner))
        let report = AttemptReport(host: "churn", pid: 1, generation: 0, release: "1", ran: .milliseconds(1))
        _ = try await store.settle(
            claimed.enumerated().map { number, job in
                let isBad = number.isMultiple(of: 10)
                let failure = Outcome.failed(error: "no", job.failures == 0 ? .after(.zero) : .never)
                return Settlement(
                    job.lease, isBad || job.failures > 0 ? failure : .completed(result: nil), report: report)
            })
        return !claimed.isEmpty
    }

    /// Sizes of a store that is as large as it gets, and after many more rounds.
    package static func sizes(
        isSoak: Bool, of store: some JobStore & JobEditor, size: () async throws -> Int
    ) async throws -> (settled: Int, later: Int) {
        let churn = Churn(store)
        for _ in 0..<4 { try await churn.round() }
        let settled = try await size()
        for _ in 0..<(isSoak ? 200 : 8) {
            try await churn.round()
            // The server's own housekeeping has its turn.
            _ = try await size()
        }
        return (settled, try await size())
    }
}
