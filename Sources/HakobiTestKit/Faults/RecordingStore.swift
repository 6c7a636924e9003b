public import HakobiCore
internal import Synchronization

/// A call that a store has answered.
public enum StoreCall: Sendable {
    /// Jobs and what became of them.
    case insert([NewJob], [Insertion])
    /// A demand and what was taken.
    case claim(Demand, [ClaimedJob])
    /// Renewals and their receipts.
    case renew([Renewal], [RenewalReceipt])
    /// Settlements and their receipts.
    case settle([Settlement], [Receipt])
    /// A rescue and what was revoked.
    case rescue(Rescue, [RescuedJob])
    /// A call that threw.
    case failed(StoreMethod, StoreError)

    /// Which method it was.
    public var method: StoreMethod {
        switch self {
        case .insert: .insert
        case .claim: .claim
        case .renew: .renew
        case .settle: .settle
        case .rescue: .rescue
        case .failed(let method, _): method
        }
    }
}

/// A store that remembers every call with its answer, and tells it to whoever listens: tests await events instead of
/// sleeping.
public final class RecordingStore: JobStore {
    private struct Log {
        var calls: [StoreCall] = []
        var listeners: [AsyncStream<StoreCall>.Continuation] = []
    }

    private let base: any JobStore
    private let log = Mutex(Log())

    /// Wraps a store.
    public init(_ base: any JobStore) { self.base = base }

    /// All calls answered so far, in order.
    public var calls: [StoreCall] { log.withLock { $0.calls } }

    /// Calls answered from the beginning on, those already made included; ends when the consuming task is cancelled.
    public func events() -> AsyncStream<StoreCall> {
        let (stream, continuation) = AsyncStream.makeStream(of: StoreCall.self)
        log.withLock { log in
            for call in log.calls { continuation.yield(call) }
            log.listeners.append(continuation)
        }
        return stream
    }

    /// The first call, made or to come, that matches; `nil` when the task is cancelled first.
    public func first(where matches: @Sendable (StoreCall) -> Bool) async -> StoreCall? {
        for await call in events() where matches(call) { return call }
        return nil
    }

    /// Keeps new jobs.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        try await note(.insert) { () throws(StoreError) in
            try await base.insert(jobs)
        } as: {
            .insert(jobs, $0)
        }
    }

    /// Takes due jobs.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        try await note(.claim) { () throws(StoreError) in
            try await base.claim(demand)
        } as: {
            .claim(demand, $0)
        }
    }

    /// Extends or looks at leases.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        try await note(.renew) { () throws(StoreError) in
            try await base.renew(renewals)
        } as: {
            .renew(renewals, $0)
        }
    }

    /// Ends attempts.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        try await note(.settle) { () throws(StoreError) in
            try await base.settle(settlements)
        } as: {
            .settle(settlements, $0)
        }
    }

    /// Revokes leases.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        try await note(.rescue) { () throws(StoreError) in
            try await base.rescue(request)
        } as: {
            .rescue(request, $0)
        }
    }

    private func note<Answer>(
        _ method: StoreMethod, _ work: () async throws(StoreError) -> Answer, as call: (Answer) -> StoreCall
    ) async throws(StoreError) -> Answer {
        do {
            let answer = try await work()
            add(call(answer))
            return answer
        } catch {
            add(.failed(method, error))
            throw error
        }
    }

    private func add(_ call: StoreCall) {
        log.withLock { log in
            log.calls.append(call)
            for listener in log.listeners { listener.yield(call) }
        }
    }
}
