import Hakobi
import HakobiCore
import HakobiMaildir
import Logging
import Synchronization
import Testing

/// Mails of a Maildir that was given a kind.
private struct SupportMail: MailJob {
    static let kind = "support-mail"
    let envelope: MailEnvelope
}

@Suite("The engine works on a Maildir as on any store", .serialized)
struct WorkerTests {
    @Test("handlers get mails as jobs; a failing one is tried again and then goes to failed", .timeLimit(.minutes(1)))
    func engine() async throws {
        try await TestMaildir.with { maildir in
            let kind = try Kind(SupportMail.kind)
            try await maildir.withStore(MaildirOptions()) {
                ($0.kind, $0.maxFailures) = (kind, 2)
            } _: { store in
                for number in 0..<20 { try maildir.drop("Subject: \(number)\n\n") }
                let seen = Mutex<[String: Int]>([:])
                var handlers = Handlers()
                handlers.on(SupportMail.self, HandlerOptions(retry: .constant(.milliseconds(1)))) { mail, _ in
                    let subject = try mail.envelope.open()["subject"] ?? ""
                    seen.withLock { $0[subject, default: 0] += 1 }
                    if subject == "7" { throw Broken() }
                }
                var settings = WorkerSettings()
                settings.once = true
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                for _ in 0..<20 where seen.withLock({ $0["7"] ?? 0 }) < 2 {
                    try await Worker(store.roles, handlers: handlers, settings: settings, logger: logger).run()
                }
                #expect(seen.withLock { $0.count } == 20)
                #expect(seen.withLock { $0["7"] } == 2)
                #expect(seen.withLock { $0.values.reduce(0, +) } == 21)
                #expect(try maildir.files("new").isEmpty)
                #expect(try maildir.files("failed").count == 2)
            }
        }
    }

    private struct Broken: Error {}
}
