import HakobiCore
package import Logging
import ServiceContextModule
import Synchronization
import Tracing

/// Why a running handler's task was cancelled; decides what a thrown error then means.
package enum StopReason: Sendable, Hashable {
    /// Somebody asked for the job to be cancelled.
    case cancelRequested
    /// The soft limit passed.
    case softLimit(Duration)
    /// The grace of a drain ended.
    case drained
    /// The lease is gone: nothing of it can be settled.
    case leaseLost
}

/// The life of one attempt in the process that runs it: find → decode → run → close → outcome.
package struct JobExecution: Sendable {
    package let handlers: Handlers
    package let identity: ProcessIdentity
    package let logger: Logger
    package let clock: EngineClock
    private let temporaryRoot: String
    private let watch: DescriptorWatch?
    private let observer: EngineObserver

    /// Temporary directories of jobs are made in `temporaryRoot`; `watch` is for a process that runs one job at a time.
    package init(
        handlers: Handlers, identity: ProcessIdentity, logger: Logger, clock: EngineClock = .system,
        temporaryRoot: String = TemporaryDirectory.root, watch: DescriptorWatch? = nil
    ) {
        self.temporaryRoot = temporaryRoot
        self.watch = watch
        observer = EngineObserver(logger: logger)
        self.handlers = handlers
        self.identity = identity
        self.logger = logger
        self.clock = clock
    }

    /// Runs one job to its end. `stopReason` is read only after the handler threw: whoever cancels the task says why first.
    package func run(
        _ job: ClaimedJob, link: any JobLink, stopReason: @Sendable () -> StopReason?
    ) async -> Settlement {
        let started = clock.now()
        watch?.jobBegins()
        let context = JobContext(job, link: link, logger: logger, temporaryRoot: temporaryRoot) {
            [identity, clock] in identity.report(ran: clock.now() - started)
        }
        observer.started(context, in: identity)
        var outcome: Outcome
        do {
            try await traced(job) {
                try await withLogger(context.logger) { _ in try await perform(job, context) }
            }
            outcome = context.isCompleted ? settledByHandler(job) : .completed(result: nil)
        } catch {
            outcome = self.outcome(of: error, job, stopReason())
        }
        await context.close()
        let ended = clock.now()
        if let found = watch?.jobEnded(ran: ended - started, now: ended) { observer.leaked(found, by: context) }
        let parts = context.outcomeParts()
        let completed = if case .completed = outcome { true } else { false }
        if completed, let result = parts.result { outcome = .completed(result: result) }
        return Settlement(
            job.lease, outcome, report: identity.report(ran: ended - started),
            followUps: completed ? parts.followUps : [], checkpoint: parts.checkpoint)
    }

    private func perform(_ job: ClaimedJob, _ context: JobContext) async throws {
        guard let handler = handlers[job.kind] else {
            throw GiveUp("this process has no handler for \"\(job.kind)\"")
        }
        try await handler.run(job.payload, context)
    }

    /// The producer's context, and a span, only where somebody looks: neither is free, and most programs have no tracer.
    private func traced(_ job: ClaimedJob, _ body: () async throws -> Void) async throws {
        guard !(InstrumentationSystem.instrument is NoOpInstrument) else { return try await body() }
        var context = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(job.metadata, into: &context, using: MetadataCarrier())
        try await withSpan("job \(job.kind)", context: context, ofKind: .consumer) { span in
            span.attributes["job.id"] = job.lease.job.description
            span.attributes["job.attempt"] = job.lease.attempt
            span.attributes["job.queue"] = job.queue.description
            try await body()
        }
    }

    /// The one switch from a thrown error to an outcome.
    private func outcome(of error: any Error, _ job: ClaimedJob, _ stop: StopReason?) -> Outcome {
        switch error {
        case let snooze as Snooze: return .snoozed(max(.zero, snooze.delay), reason: snooze.reason)
        case let cancel as CancelJob: return .cancelled(reason: cancel.reason)
        case let giveUp as GiveUp: return .failed(error: giveUp.description, .never)
        case let died as ProcessDied: return .crashed(died.cause, error: died.error, budget: died.budget)
        case let later as RetryLater: return failed(job, later.description, after: max(.zero, later.delay))
        default: break
        }
        switch stop {
        case .cancelRequested: return .cancelled(reason: "cancel requested")
        case .drained: return .interrupted(reason: "the service drained")
        case .leaseLost: return .interrupted(reason: "the lease was lost")
        case .softLimit(let limit): return failed(job, "soft time limit of \(limit) passed: \(error)")
        case nil: return failed(job, "\(error)")
        }
    }

    private func failed(_ job: ClaimedJob, _ error: String, after delay: Duration? = nil) -> Outcome {
        .failed(error: error, retry(job, after: delay))
    }

    private func settledByHandler(_ job: ClaimedJob) -> Outcome { .settledByHandler(otherwise: retry(job)) }

    private func retry(_ job: ClaimedJob, after delay: Duration? = nil) -> Retry {
        let policy = delay.map { RetryPolicy.constant($0) } ?? handlers[job.kind]?.options.retry ?? .exponential()
        var generator = SystemRandomNumberGenerator()
        return policy.decide(failures: job.failures + 1, maxFailures: job.maxFailures, using: &generator)
    }
}
