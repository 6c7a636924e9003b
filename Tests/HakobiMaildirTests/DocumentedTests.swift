import Hakobi
import HakobiMaildir
import Logging
import Testing

// What docs/how-to/embed.md shows of spills, word for word; the page is compared with this file.

private struct SendReceipt: Job {
    static let kind = "send-receipt"
    let order: Int64
}

private func serve(
    _ roles: StoreRoles, spool: String, logger: Logger, _ requests: (JobClient) async throws -> Void
) async throws {
    let jobs = JobClient(roles, spill: try MaildirSpill(path: spool))
    let carrier = try SpillCarrier(path: spool, to: roles.store, logger: logger)
    async let _: Void = carrier.run()
    try await requests(jobs)
}

@Suite("The page's spill", .timeLimit(.minutes(1)))
struct DocumentedTests {
    @Test("What was enqueued is in the store")
    func spilled() async throws {
        try await TestMaildir.with { maildir in
            let store = MemoryStore()
            let logger = Logger(label: "shop") { _ in SwiftLogNoOpLogHandler() }
            try await serve(store.roles, spool: maildir.path, logger: logger) { jobs in
                try await jobs.enqueue(SendReceipt(order: 1))
            }
            #expect(try await store.stats().states[.available] == 1)
        }
    }
}
