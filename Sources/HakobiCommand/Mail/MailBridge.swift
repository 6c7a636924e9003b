import Hakobi
import HakobiMaildir
import Logging

/// Carries mails over: a worker on the Maildir whose handler enqueues. What a worker does for any job (one holder, a drain,
/// the dead one's mails taken back) holds for a mail on its way; it is removed once its job is durable.
struct MailBridge {
    let mailbox: Mailbox
    let target: StoreLocation
    /// Where the mails' jobs wait.
    let queue: QueueName
    let log: ProgramLog
    /// Until nothing waits any more.
    let once: Bool

    /// Mails on their way at once: they share transactions.
    private static let concurrency = 64

    func run() async throws {
        let target = BridgeTarget(target, logger: log.logger)
        // A bridge that is killed says nothing about the mail that it had in hand.
        let mails = try MaildirStore([mailbox], options: MaildirOptions(crashBudget: .max, logger: log.logger))
        try await mails.roles.closing { mails in
            try await target.open().closing { database in
                try await carry(from: mails, to: target, JobClient(database))
            }
        }
    }

    private func carry(from mails: StoreRoles, to target: BridgeTarget, _ client: JobClient) async throws {
        var settings = WorkerSettings()
        settings.concurrency = Self.concurrency
        settings.crashBudget = .max
        settings.once = once
        // However long the database is away, waiting for it is no fault of the mail's.
        settings.hardLimit = .seconds(10 * 365 * 86_400)
        let worker = try Worker(mails, handlers: handlers(target, client), settings: settings, logger: log.logger)
        try SignalThread.start(worker, log)
        try await worker.run()
    }

    private func handlers(_ target: BridgeTarget, _ client: JobClient) -> Handlers {
        var handlers = Handlers()
        handlers.on(kind: mailbox.kind.description) { [mailbox, queue] payload, context in
            let envelope = try MailEnvelope(payload)
            let mail = BridgedMail(envelope: envelope, bytes: try Self.read(envelope))
            let job = try mail.job(id: context.id, kind: mailbox.kind, queue: queue)
            switch try await target.insert(job, by: client) {
            case .refused(let refusal): throw GiveUp(refusal.description)
            case .existing(let id) where id != context.id:
                context.logger.notice("delivered before", metadata: ["as": "\(id)"])
            default: break
            }
        }
        return handlers
    }

    private static func read(_ envelope: MailEnvelope) throws(MailError) -> [UInt8] {
        var source = try envelope.open().source
        var bytes: [UInt8] = []
        bytes.reserveCapacity(envelope.bytes)
        while let piece = try source.read() { bytes += piece }
        return bytes
    }
}
