import HakobiCore
import HakobiMaildir
import HakobiTestKit
import Testing

@Suite("MaildirStore keeps what every store promises, as far as a folder can", .serialized)
struct ConformanceTests {
    /// What does not apply, each with its reason. All of it is refused at insert, with a sentence.
    static let exceptions: [String: String] = {
        let keys = "a Maildir keeps no keys"
        var exceptions: [String: String] = [:]
        for name in [
            "one idempotency key is one job", "idempotency keys of two kinds do not meet",
            "idempotency keys are compared byte by byte",
            "an idempotency key is forgotten when its window ends, and not before",
            "an idempotency key outlives its job's completion",
            "pruning a job does not shorten its idempotency key's window",
            "deleting a job does not shorten its idempotency key's window", "keys within one insert are met in order",
            "a job that was not kept leaves no idempotency key", "a refused job leaves nothing behind",
        ] { exceptions[name] = keys }
        return exceptions
    }()

    @Test("promise", .timeLimit(.minutes(1)), arguments: StoreConformance.checks)
    func keeps(_ check: StoreConformance.Check) async throws {
        guard Self.exceptions[check.name] == nil else { return }
        try await TestMaildir.with { maildir in
            let clock = ManualClock()
            let options = MaildirOptions(keepsRecords: true, clock: clock.storeClock)
            try await maildir.withStore(options) {
                $0.completed = .kept
            } _: { store in
                try await check.run(StoreFixture(store, wakeUps: store, clock: clock))
            }
        }
    }

    @Test("every exception is a check that there is")
    func exceptions() {
        let names = Set(StoreConformance.checks.map(\.name))
        for name in Self.exceptions.keys { #expect(names.contains(name), "there is no check \"\(name)\"") }
    }
}
