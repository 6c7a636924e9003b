public import HakobiCore
import Synchronization

extension NewJob {
    /// Encodes a job for a store's own insert, as in the caller's transaction; its type's own options apply unless others
    /// are given. The id is made here: the same value inserted twice is one job.
    /// - Throws: `InvalidName`, or the encoder's error.
    public init<J: Job>(_ job: J, _ options: JobOptions? = nil) throws {
        try self.init(job, options ?? J.options, carrying: [:])
    }

    /// Encodes a job and fills in its options; `carrying` is the metadata of the job that enqueues this one.
    package init<J: Job>(_ job: J, _ options: JobOptions, carrying inherited: [String: String] = [:]) throws {
        self.init(
            kind: try Kind(J.kind), payload: try PayloadCodec.encode(job), options,
            metadata: inherited.merging(options.metadata) { _, own in own })
    }

    /// A job of any kind from bytes.
    package init(kind: Kind, payload: Payload, _ options: JobOptions, metadata: [String: String]? = nil) {
        self.init(
            id: JobIDs.next(), kind: kind, queue: options.queue, payload: payload, priority: options.priority,
            due: options.due, maxFailures: options.maxFailures, limits: options.limits,
            idempotencyKey: options.idempotencyKey, uniqueKey: options.uniqueKey,
            metadata: metadata ?? options.metadata)
    }
}

/// Makes ids from the wall clock and the system's random source.
package enum JobIDs {
    package static func next() -> JobID {
        var generator = SystemRandomNumberGenerator()
        return JobID(at: WallClock.now(), using: &generator)
    }
}
