public import Hakobi
internal import Logging

/// For the tests of a program with jobs: runs what is due now, says what happened, and moves time by hand.
///
/// ```swift
/// let tester = JobTester()
/// try await tester.client.enqueue(SendWelcome(userID: 7))
/// let ran = try await tester.runDue(handlers)
/// #expect(ran.map(\.outcome.name) == ["completed"])
/// try await tester.expectEnqueued(SendReminder.self) { $0.userID == 7 }
/// tester.advance(by: .seconds(86_400))
/// try await tester.runDue(handlers)
/// ```
///
/// Jobs run as in a service, by the same engine, one at a time and on a store in memory. Due times, retries and retention
/// follow the tester's clock; time limits of running handlers follow the real one.
public final class JobTester: Sendable {
    /// One attempt that `runDue` ran to its end.
    public struct Attempt: Sendable, Hashable {
        /// The job.
        public let id: JobID
        /// Its kind.
        public let kind: Kind
        /// The number of the attempt, from 1.
        public let number: Int
        /// How it ended; `outcome.name` is its word.
        public let outcome: Outcome
        /// The error or reason, whole; `nil` for what went well.
        public let error: String?
    }

    /// Nothing that waits is what was expected.
    public struct NotEnqueued: Error, Sendable, CustomStringConvertible {
        /// What was looked for, and what waits instead.
        public let description: String
    }

    /// Enqueues into the tester's store: hand it to the code under test.
    public let client: JobClient
    /// The store, for looking closer.
    public let store: MemoryStore
    private let clock: ManualClock

    /// An empty store, whose clock stands at `start` (2027-01-01 UTC unless told otherwise).
    public init(start: Timestamp = Timestamp(microseconds: 1_798_761_600_000_000)) {
        clock = ManualClock(start: start)
        store = MemoryStore(clock: clock.storeClock)
        client = JobClient(store.roles)
    }

    /// The moment it is in the test.
    public var now: Timestamp { clock.wall }

    /// Lets time pass; what has become due runs at the next `runDue`.
    public func advance(by duration: Duration) { clock.advance(by: duration) }

    /// Runs everything that is due now, and what that enqueues for now, until nothing due is left.
    ///
    /// Jobs without a handler stay where they are. A handler that fails with a delay of zero is run again at once.
    /// - Returns: every attempt that ran, in the order in which they ended.
    /// - Throws: `WorkerStartError` when the handlers' registrations are wrong.
    @discardableResult
    public func runDue(_ handlers: Handlers) async throws -> [Attempt] {
        let recording = RecordingStore(store)
        var roles = store.roles
        roles.store = recording
        var settings = WorkerSettings()
        settings.once = true
        settings.prefetchJobs = 0
        let logger = Logger(label: "tester") { _ in SwiftLogNoOpLogHandler() }
        try await Worker(roles, handlers: handlers, settings: settings, logger: logger).run()
        var attempts: [Attempt] = []
        for case .settle(let settlements, _) in recording.calls {
            for settlement in settlements { attempts.append(try await attempt(settlement)) }
        }
        return attempts
    }

    /// The jobs of a type that wait, decoded, oldest first (to the millisecond).
    ///
    /// - Parameter matches: looks at each; all count unless told otherwise.
    /// - Throws: `NotEnqueued`, with what waits instead, when none matches; the decoder's error.
    @discardableResult
    public func expectEnqueued<J: Job>(_ type: J.Type, where matches: (J) -> Bool = { _ in true }) async throws -> [J] {
        let waiting = try await store.jobs(matching: JobFilter(), limit: .max, before: nil).reversed()
            .filter { !$0.state.isTerminal }
        let jobs = try waiting.filter { $0.kind.description == J.kind }.map { try J(decoding: $0.payload) }
        let found = jobs.filter(matches)
        guard found.isEmpty else { return found }
        let others = Dictionary(waiting.map { ($0.kind.description, 1) }, uniquingKeysWith: +)
            .sorted { $0.key < $1.key }.map { "\($0.value) of \"\($0.key)\"" }.joined(separator: ", ")
        throw NotEnqueued(
            description: "no matching job of \"\(J.kind)\" waits; there are: \(others.isEmpty ? "none" : others)"
                + (jobs.isEmpty ? "" : "; of this kind: \(jobs)"))
    }

    private func attempt(_ settlement: Settlement) async throws -> Attempt {
        let record = try await store.job(settlement.lease.job)
        let line = record?.history.first { $0.attempt == settlement.lease.attempt }
        guard let record else { throw NotEnqueued(description: "job \(settlement.lease.job) was deleted while it ran") }
        return Attempt(
            id: record.id, kind: record.kind, number: settlement.lease.attempt, outcome: settlement.outcome,
            error: line?.error)
    }
}

extension Job {
    fileprivate init(decoding payload: Payload) throws { self = try PayloadCodec.decode(Self.self, from: payload) }
}
