import HakobiCore
import Logging

/// All wording of the engine's log lines, and all its metrics, in one place.
struct EngineObserver: Sendable {
    private let logger: Logger?
    private let meters = Meters()

    init(logger: Logger?) { self.logger = logger }

    // MARK: Jobs

    func enqueued(_ jobs: [NewJob], _ answers: [Insertion]) {
        for (job, answer) in zip(jobs, answers) {
            switch answer {
            case .inserted, .replaced: meters.enqueued(job.kind, job.queue, nil)
            case .existing: meters.enqueued(job.kind, job.queue, "existing")
            case .refused: meters.enqueued(job.kind, job.queue, "refused")
            case .spilled: meters.enqueued(job.kind, job.queue, "spilled")
            }
        }
    }

    /// One line an attempt, at its start, in the process that runs it.
    func started(_ job: JobContext, in process: ProcessIdentity) {
        guard let logger, logger.logLevel <= .info else { return }
        // The names as the job's own logger has them: made once for all its lines.
        var metadata = job.logger.handler.metadata
        metadata["pid"] = .stringConvertible(process.pid)
        logger.info("job started", metadata: metadata)
    }

    /// One line an attempt, at its end, when it is true: after the store has said so.
    func settled(_ settlement: Settlement, of job: HeldJob) {
        guard settlement.outcome != .returned else { return }
        meters.settled(job.kind, job.queue, settlement.outcome.name, ran: settlement.report.ran)
        guard let logger else { return }
        let level = Self.level(of: settlement.outcome)
        guard logger.logLevel <= level else { return }
        logger.log(
            level: level, "job \(settlement.outcome.name)",
            metadata: Self.metadata(settlement, of: job))
    }

    func lost(_ settlement: Settlement, of job: HeldJob) {
        guard settlement.outcome != .returned else { return }
        meters.settled(job.kind, job.queue, "lost", ran: nil)
        logger?.warning(
            "the lease was lost before the job was settled: another attempt will run, or has run",
            metadata: Self.metadata(settlement, of: job))
    }

    func abandoned(_ settlement: Settlement, of job: HeldJob, error: StoreError) {
        var metadata = Self.metadata(settlement, of: job)
        metadata["store"] = "\(error)"
        logger?.error(
            "the lease ended before the store could be told of the outcome: the job runs again", metadata: metadata)
    }

    /// One line a look, however much was left.
    func leaked(_ found: DescriptorWatch.Found, by context: JobContext) {
        for leak in found.leaks { meters.leaked(context.kind, context.queue, leak.what.rawValue) }
        let (leaks, others) = (found.leaks, found.others)
        let more = leaks.count > 8 ? " and \(leaks.count - 8) more" : ""
        var metadata: Logger.Metadata = [
            "left": "\(leaks.prefix(8).map(\.description).joined(separator: ", "))\(more)"
        ]
        if others > 0 { metadata["or"] = "one of the \(others) quick jobs before it" }
        context.logger.warning(
            "the job left something open: open it through the context, or once before the first job",
            metadata: metadata)
    }

    func refusedFollowUp(_ refusal: Refusal, of lease: Lease) {
        logger?.error("a follow-up was refused", metadata: ["job": "\(lease.job)", "because": "\(refusal)"])
    }

    func rescued(_ job: RescuedJob) {
        meters.rescued(job.kind, "\(job.verdict)")
        logger?.log(
            level: job.verdict == .dead ? .error : .warning, "job rescued",
            metadata: [
                "job": "\(job.lease.job)", "kind": "\(job.kind)", "attempt": "\(job.lease.attempt)",
                "verdict": "\(job.verdict)", "owner": "\(job.lease.owner)",
            ])
    }

    // MARK: The worker

    func started(_ owner: Owner) { logger?.info("worker started", metadata: ["owner": "\(owner)"]) }
    func ended() { logger?.info("worker ended") }

    /// What is handled is known when worker processes and worker programs have said so, and may change with a reload.
    func handles(_ kinds: [Kind]) {
        logger?.info(
            "handlers are registered",
            metadata: ["kinds": "\(kinds.map(\.description).sorted().joined(separator: ","))"])
    }

    func draining(_ held: Int) { logger?.info("draining", metadata: ["held": "\(held)"]) }
    func quiet(_ isQuiet: Bool) { logger?.info(isQuiet ? "quiet: claiming no more" : "claiming again") }

    func graceOver(_ running: [RunningJob]) {
        for job in running {
            logger?.warning(
                "the grace is over: the job is cut",
                metadata: ["job": "\(job.lease.job)", "kind": "\(job.kind)", "attempt": "\(job.lease.attempt)"])
        }
    }

    func leaving(_ held: Int) {
        logger?.error(
            "the grace is over and the store does not answer: jobs are left to their leases",
            metadata: ["count": "\(held)"])
    }

    func trouble(_ error: StoreError, retryIn delay: Duration) {
        logger?.warning(
            "the store is in trouble: trying again",
            metadata: ["operation": "\(error.operation)", "error": "\(error)", "in": "\(delay)"])
    }

    func recovered(_ operation: String) {
        logger?.info("the store answers again", metadata: ["operation": "\(operation)"])
    }
    func swept(_ count: Int) {
        logger?.info("temporary directories of dead processes removed", metadata: ["count": "\(count)"])
    }
    func pruned(_ count: Int) { logger?.debug("finished jobs pruned", metadata: ["count": "\(count)"]) }

    func unexpected(_ error: any Error) {
        logger?.error("unexpected trouble", metadata: ["error": "\(error)"])
    }

    /// What waits, and which queues' backlogs grow: a gauge each look, a line once an interval.
    func backlogs(
        _ depths: [QueueName: BacklogWatch.Depth], _ growths: [BacklogWatch.Growth], interval: Duration, advice: String
    ) {
        let growing = Dictionary(uniqueKeysWithValues: growths.map { ($0.queue, $0.perMinute) })
        for queue in depths.keys { meters.backlog(queue, growth: growing[queue] ?? 0) }
        for growth in growths where growth.isDue {
            logger?.warning(
                "a backlog has been growing for \(interval)",
                metadata: [
                    "queue": "\(growth.queue)", "waiting": "\(growth.depth.waiting)",
                    "per-minute": "\((growth.perMinute * 10).rounded() / 10)",
                    "oldest": "\(growth.depth.oldest ?? .zero)", "do": "\(advice)",
                ])
        }
    }

    func unhandled(_ kinds: Set<Kind>) {
        logger?.warning(
            "jobs wait for a handler that this worker does not have",
            metadata: ["kinds": "\(kinds.map(\.description).sorted().joined(separator: ","))"])
    }

    // MARK: Shapes

    private static func level(of outcome: Outcome) -> Logger.Level {
        switch outcome {
        case .failed(_, .never), .crashed: .error
        case .settledByHandler(otherwise: .never): .error
        case .failed, .suspected, .settledByHandler: .warning
        default: .info
        }
    }

    private static func metadata(_ settlement: Settlement, of job: HeldJob) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "job": .stringConvertible(settlement.lease.job), "kind": .string(job.kind.description),
            "attempt": .stringConvertible(settlement.lease.attempt), "queue": .string(job.queue.description),
            "ms": .stringConvertible(Double(settlement.report.ran.wholeMicroseconds) / 1000),
            "pid": .stringConvertible(settlement.report.pid),
        ]
        if let id = job.requestID { metadata[Origin.requestID] = .string(id) }
        switch settlement.outcome {
        case .failed(let error, let retry):
            metadata["error"] = .string(error)
            if case .after(let delay) = retry { metadata["retry-in"] = .stringConvertible(delay) }
        case .crashed(_, let error, _), .suspected(_, let error): metadata["error"] = .string(error)
        case .settledByHandler: metadata["error"] = .string(Outcome.uncommitted)
        case .snoozed(_, let reason), .cancelled(let reason), .interrupted(let reason):
            if let reason { metadata["reason"] = .string(reason) }
        default: break
        }
        return metadata
    }
}
