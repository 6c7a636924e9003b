public import Logging
import Synchronization

/// What a handler is given beside its job: who it is, a logger, and the doors to the outside that close with the job.
///
/// One job is like one web request: whatever is opened through `resource`, `scoped` or `temporaryDirectory`, or promised
/// through `onFinish`, is closed when the job ends, on every path, the last opened first. A context is of no use after
/// its handler has returned.
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
    public let logger: Logger

    package let job: ClaimedJob
    private let link: any JobLink
    private let temporaryRoot: String
    /// Who runs this attempt, and for how long it has.
    private let report: @Sendable () -> AttemptReport?
    /// The job's own context, when this one is of a `scope` within it: outcome and checkpoint are the job's.
    private let root: JobContext?
    private let state: Mutex<State>

    private struct State {
        /// Made at the first use: most jobs open nothing.
        var scope: JobScope?
        var isOver = false
        var followUps: [NewJob] = []
        var checkpoint: [UInt8]?
        var result: Payload?
        /// The handler has completed the job in a transaction of its own.
        var isCompleted = false
    }

    /// `logger` is the process's own; the job's values are added to it. Temporary directories are made in `temporaryRoot`.
    package init(
        _ job: ClaimedJob, link: any JobLink, logger: Logger, temporaryRoot: String = TemporaryDirectory.root,
        report: @escaping @Sendable () -> AttemptReport? = { nil }
    ) {
        self.job = job
        self.report = report
        self.link = link
        self.temporaryRoot = temporaryRoot
        self.logger = logger.forJob(job)
        root = nil
        state = Mutex(State())
    }

    private init(in outer: JobContext) {
        job = outer.job
        link = outer.link
        temporaryRoot = outer.temporaryRoot
        report = outer.report
        logger = outer.logger
        root = outer.root ?? outer
        state = Mutex(State(scope: JobScope(in: outer.scope)))
    }

    /// The service is draining: a long handler should save a checkpoint and leave soon (`throw Snooze(.zero)` does).
    public var isDraining: Bool { link.isDraining }

    /// Tells how far the job has come; kept with the job within about a second, the last word winning. Never waits.
    public func report(progress: Progress) { link.report(job.lease, progress: progress, checkpoint: nil) }

    /// Keeps bytes for the next attempt: at once with the next renewal (within about a second), and surely when this
    /// attempt is settled, however it ends.
    public func save(checkpoint: [UInt8]) {
        whole.state.withLock { $0.checkpoint = checkpoint }
        link.report(job.lease, progress: nil, checkpoint: checkpoint)
    }

    // MARK: What the job opens

    /// Runs `close` when the job (or the `scope`) ends, on every path; the last registered runs first. An error it throws
    /// is logged and does not change the job's outcome. Registered after the end, it runs at once.
    public func onFinish(_ close: @escaping @Sendable () async throws -> Void) {
        if !scope.add(close) { Shield.start { await self.runLate(close) } }
    }

    /// Opens something that must be closed with the job, each time it is called; see `resource` for once a job.
    public func scoped<Resource: Sendable>(
        _ open: () async throws -> Resource, close: @escaping @Sendable (Resource) async throws -> Void
    ) async throws -> Resource {
        let resource = try await open()
        guard scope.add({ try await close(resource) }) else {
            try await close(resource)
            throw ScopeIsOver()
        }
        return resource
    }

    /// The job's one resource of that key: opened at the first use, the same for every later one, closed when the job ends.
    ///
    /// Asked for by the same key and type, the same is given, also to child tasks that ask at the same moment; another key
    /// (other attributes of a connection, for one) opens another. Nothing is kept for another job. Opening that fails is
    /// not remembered: who asks next tries again.
    /// - Throws: what `open` throws; `ScopeIsOver`.
    public func resource<Key: Hashable & Sendable, Resource: Sendable>(
        for key: Key, open: () async throws -> Resource,
        close: @escaping @Sendable (Resource) async throws -> Void
    ) async throws -> Resource {
        try await scope.resource(key, open: open, close: close)
    }

    /// Runs a part of the job with a context of its own: what that opens is closed when the part ends, not with the job.
    ///
    /// `resource` finds what the job has opened already, and opens in the inner scope what it has not. Progress, checkpoint,
    /// result and follow-ups are the job's, whichever context is used.
    public func scope<Value: Sendable>(_ body: (JobContext) async throws -> Value) async rethrows -> Value {
        let inner = JobContext(in: self)
        do {
            let value = try await body(inner)
            await inner.close()
            return value
        } catch {
            await inner.close()
            throw error
        }
    }

    /// A new, empty directory that only this user can enter; removed with all that is in it when the job ends.
    ///
    /// On every path: should the process die, a service on this host removes it within about a quarter of a minute.
    /// - Returns: its absolute path.
    /// - Throws: `TemporaryDirectoryError`; `ScopeIsOver`.
    public func temporaryDirectory() throws -> String {
        let directory = try TemporaryDirectory.make(in: temporaryRoot, named: "\(id)-\(attempt)")
        guard scope.add({ try directory.remove() }) else {
            try directory.remove()
            throw ScopeIsOver()
        }
        return directory.path
    }

    private var whole: JobContext { root ?? self }

    private var scope: JobScope {
        state.withLock { state in
            let scope = state.scope ?? JobScope(isOver: state.isOver)
            state.scope = scope
            return scope
        }
    }

    /// Adds a follow-up that is inserted in the same transaction as this job's completion, or not at all.
    ///
    /// Completing with follow-ups is "replace with": either the successors exist and this job is done, or neither.
    /// - Throws: the encoder's error, `InvalidName`, or `Refusal` when the store could never accept it; `IsCompleted` after
    ///   `complete(on:)`.
    /// - Returns: the id the follow-up will have.
    @discardableResult
    public func enqueue<J: Job>(_ job: J, _ options: JobOptions? = nil) throws -> JobID {
        try enqueue(NewJob(job, options ?? J.options))
    }

    /// Adds a follow-up of any kind; it carries this job's metadata on.
    @discardableResult
    package func enqueue(_ job: NewJob) throws -> JobID {
        var new = job
        new.metadata = metadata.merging(Origin.current()) { _, own in own }.merging(job.metadata) { _, own in own }
        if let refusal = new.refusal(maxPayloadBytes: Defaults.maxPayloadBytes) { throw refusal }
        let isLate = whole.state.withLock { state in
            if !state.isCompleted { state.followUps.append(new) }
            return state.isCompleted
        }
        if isLate { throw IsCompleted() }
        return new.id
    }

    /// Completes the job in the handler's own transaction, as one more statement of it: what the handler wrote there and the
    /// job's end are committed together, or neither is. The follow-ups so far and the result go with it.
    ///
    /// Best as the last statement before the commit: from here to there others who want the job wait. The handler commits,
    /// and then returns; nobody settles the job again. A handler that throws after a commit has completed its job all the
    /// same; one that returns without a commit has failed. To be called again when the transaction is tried again.
    /// - Throws: the database's error, which also tells of a lost lease: roll back, and let it go on to the caller.
    public func complete(on transaction: some HandlerTransaction) async throws {
        let (followUps, result) = whole.state.withLock { ($0.followUps, $0.result) }
        try await transaction.complete(
            Completion(
                job: id, attempt: attempt, claimedAt: job.claimedAt, result: result, followUps: followUps,
                report: report()))
        whole.state.withLock { $0.isCompleted = true }
    }

    /// Leaves a result with the completed job, readable through the store.
    public func leave(result: Payload) { whole.state.withLock { $0.result = result } }

    /// Whether the job's end is in a transaction of its handler's.
    package var isCompleted: Bool { whole.state.withLock { $0.isCompleted } }

    package func outcomeParts() -> (followUps: [NewJob], checkpoint: [UInt8]?, result: Payload?) {
        state.withLock { ($0.followUps, $0.checkpoint, $0.result) }
    }

    /// In a task of its own when the job's was cancelled: a closer that waits for anything would be cut off at once.
    package func close() async {
        let scope = state.withLock { state in
            state.isOver = true
            return state.scope
        }
        guard let scope else { return }
        if Task.isCancelled {
            await Shield.run { await scope.close(self.notClosed) }
        } else {
            await scope.close(notClosed)
        }
    }

    private func runLate(_ close: @Sendable () async throws -> Void) async {
        do { try await close() } catch { notClosed(error) }
    }

    private func notClosed(_ error: any Error) {
        logger.warning("closing a job's resource failed", metadata: ["error": "\(error)"])
    }
}

/// Thrown to a handler that adds a follow-up to a job which it has completed already.
public struct IsCompleted: Error, Sendable, CustomStringConvertible {
    /// What was wrong, and what would be right.
    public let description = "the job is completed already: add follow-ups before complete(on:)"

    init() {}
}

/// A running job's way out: to the worker in this process, or over the pipe.
package protocol JobLink: Sendable {
    /// The service is draining.
    var isDraining: Bool { get }
    /// Passes on progress or a checkpoint; never waits.
    func report(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?)
}
