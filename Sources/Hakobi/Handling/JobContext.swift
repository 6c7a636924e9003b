public import Logging
import Synchronization

/// What a handler is given beside its job: who it is, a logger, and the doors to the outside that close with the job.
///
/// One job is like one web request: whatever is opened through `scoped` or promised through `onFinish` is closed when
/// the job ends, on every path. A context is of no use after its handler has returned.
public final class JobContext: Sendable {
    /// The job's id.
    public var id: JobID { job.lease.job }
    /// The job's kind.
    public var kind: Kind { job.kind }
    /// The queue it came from.
    public var queue: QueueName { job.queue }
    /// The number of this attempt, from 1.
    public var attempt: Int { job.lease.attempt }
    /// Failures before this attempt.
    public var failures: Int { job.failures }
    /// As given at enqueue.
    public var metadata: [String: String] { job.metadata }
    /// When the job was enqueued, by the store's clock.
    public var enqueuedAt: Timestamp { job.createdAt }
    /// What the last attempt saved with `save(checkpoint:)`, or `nil`.
    public var checkpoint: [UInt8]? { job.checkpoint }
    /// Writes lines that carry the job's id, kind, attempt and queue.
    public var logger: Logger {
        // Made at the first use: most jobs of a busy service write nothing, and four metadata values are not free.
        state.withLock { state in
            if let logger = state.logger { return logger }
            let logger = plainLogger.forJob(job)
            state.logger = logger
            return logger
        }
    }

    package let job: ClaimedJob
    private let plainLogger: Logger
    private let link: any JobLink
    private let state = Mutex(State())

    private struct State {
        var closers: [@Sendable () async throws -> Void] = []
        var followUps: [NewJob] = []
        var checkpoint: [UInt8]?
        var result: Payload?
        var logger: Logger?
    }

    /// `logger` is the process's own; the job's values are added to it.
    package init(_ job: ClaimedJob, link: any JobLink, logger: Logger) {
        self.job = job
        self.link = link
        plainLogger = logger
    }

    /// The service is draining: a long handler should save a checkpoint and leave soon (`throw Snooze(.zero)` does).
    public var isDraining: Bool { link.isDraining }

    /// Tells how far the job has come; kept with the job within about a second, the last word winning. Never waits.
    public func report(progress: Progress) { link.report(job.lease, progress: progress, checkpoint: nil) }

    /// Keeps bytes for the next attempt: at once with the next renewal (within about a second), and surely when this
    /// attempt is settled, however it ends.
    public func save(checkpoint: [UInt8]) {
        state.withLock { $0.checkpoint = checkpoint }
        link.report(job.lease, progress: nil, checkpoint: checkpoint)
    }

    /// Runs `close` when the job ends, on every path; the last registered runs first. An error it throws is logged and
    /// does not change the job's outcome.
    public func onFinish(_ close: @escaping @Sendable () async throws -> Void) {
        state.withLock { $0.closers.append(close) }
    }

    /// Opens something that must be closed with the job.
    public func scoped<Resource: Sendable>(
        _ open: () async throws -> Resource, close: @escaping @Sendable (Resource) async throws -> Void
    ) async throws -> Resource {
        let resource = try await open()
        onFinish { try await close(resource) }
        return resource
    }

    /// Adds a follow-up that is inserted in the same transaction as this job's completion, or not at all.
    ///
    /// Completing with follow-ups is "replace with": either the successors exist and this job is done, or neither.
    /// - Throws: the encoder's error, `InvalidName`, or `Refusal` when the store could never accept it.
    /// - Returns: the id the follow-up will have.
    @discardableResult
    public func enqueue<J: Job>(_ job: J, _ options: JobOptions? = nil) throws -> JobID {
        let new = try NewJob(
            job, options ?? J.options, carrying: metadata.merging(TraceHeaders.current()) { _, own in own })
        if let refusal = new.refusal(maxPayloadBytes: Defaults.maxPayloadBytes) { throw refusal }
        state.withLock { $0.followUps.append(new) }
        return new.id
    }

    /// Leaves a result with the completed job, readable through the store.
    public func leave(result: Payload) { state.withLock { $0.result = result } }

    package func outcomeParts() -> (followUps: [NewJob], checkpoint: [UInt8]?, result: Payload?) {
        state.withLock { ($0.followUps, $0.checkpoint, $0.result) }
    }

    /// In a task of its own when the job's was cancelled: a closer that waits for anything would be cut off at once.
    package func close() async {
        guard state.withLock({ !$0.closers.isEmpty }) else { return }
        if Task.isCancelled { await Shield.run { await self.runClosers() } } else { await runClosers() }
    }

    private func runClosers() async {
        while let closer = state.withLock({ $0.closers.popLast() }) {
            do { try await closer() } catch {
                logger.warning("closing a job's resource failed", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// A running job's way out: to the worker in this process, or over the pipe.
package protocol JobLink: Sendable {
    /// The service is draining.
    var isDraining: Bool { get }
    /// Passes on progress or a checkpoint; never waits.
    func report(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?)
}
