public import HakobiCore
internal import Synchronization

/// A store that fails by script: before its work, after its work (the answer is lost), or late.
///
/// Faults are chosen by method and by the number of the call to it, from 1; everything else passes through.
///
/// ```swift
/// let store = FaultyStore(MemoryStore())
/// store.add(.fail(.after), to: .settle, calls: 1...3)
/// ```
public final class FaultyStore: JobStore {
    /// What goes wrong.
    public enum Fault: Sendable {
        /// The call throws: `before` with effect `.notDone`, `after` with the work done and effect `.unknown`.
        case fail(StoreBoundary, StoreError.Reason = .unreachable, isTransient: Bool = true)
        /// The call waits this long before its work; a cancelled wait throws `.cancelled`.
        case delay(Duration)
    }

    private struct Script {
        var calls: [StoreMethod: Int] = [:]
        var faults: [(method: StoreMethod, calls: ClosedRange<Int>, fault: Fault)] = []
    }

    private let base: any JobStore
    private let sleep: @Sendable (Duration) async throws -> Void
    private let script = Mutex(Script())

    /// Wraps a store; delays pass on `clock`.
    public init(_ base: any JobStore, clock: any Clock<Duration> = ContinuousClock()) {
        self.base = base
        sleep = { try await clock.sleep(for: $0) }
    }

    /// From the given calls of a method on (counted from 1 since the store was made), this goes wrong; of several faults
    /// for one call, each happens, in the order in which they were added, until one throws.
    public func add(_ fault: Fault, to method: StoreMethod, calls: ClosedRange<Int> = 1...Int.max) {
        script.withLock { $0.faults.append((method, calls, fault)) }
    }

    /// Every fault is over.
    public func heal() { script.withLock { $0.faults.removeAll() } }

    /// How many calls of a method have begun.
    public func calls(of method: StoreMethod) -> Int { script.withLock { $0.calls[method, default: 0] } }

    /// Keeps new jobs, unless the script says otherwise.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        try await pass(.insert) { base throws(StoreError) in try await base.insert(jobs) }
    }

    /// Takes due jobs, unless the script says otherwise.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        try await pass(.claim) { base throws(StoreError) in try await base.claim(demand) }
    }

    /// Extends or looks at leases, unless the script says otherwise.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        try await pass(.renew) { base throws(StoreError) in try await base.renew(renewals) }
    }

    /// Ends attempts, unless the script says otherwise.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        try await pass(.settle) { base throws(StoreError) in try await base.settle(settlements) }
    }

    /// Revokes leases, unless the script says otherwise.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        try await pass(.rescue) { base throws(StoreError) in try await base.rescue(request) }
    }

    private func pass<Answer>(
        _ method: StoreMethod, _ work: (any JobStore) async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        let faults = begin(method)
        for fault in faults {
            switch fault {
            case .fail(.before, let reason, let isTransient):
                throw error(reason, in: method, .before, isTransient: isTransient)
            case .delay(let duration): try await wait(duration, in: method)
            case .fail(.after, _, _): break
            }
        }
        let answer = try await work(base)
        for case .fail(.after, let reason, let isTransient) in faults {
            throw error(reason, in: method, .after, isTransient: isTransient)
        }
        return answer
    }

    private func begin(_ method: StoreMethod) -> [Fault] {
        script.withLock { script in
            script.calls[method, default: 0] += 1
            let call = script.calls[method, default: 0]
            return script.faults.filter { $0.method == method && $0.calls.contains(call) }.map(\.fault)
        }
    }

    private func wait(_ duration: Duration, in method: StoreMethod) async throws(StoreError) {
        do {
            try await sleep(duration)
        } catch {
            throw StoreError(
                .cancelled, operation: method.rawValue, "the call was cancelled while the store was slow",
                isTransient: false)
        }
    }

    private func error(
        _ reason: StoreError.Reason, in method: StoreMethod, _ boundary: StoreBoundary, isTransient: Bool
    ) -> StoreError {
        StoreError(
            reason, operation: method.rawValue, "the script failed \(method.rawValue) \(boundary.rawValue) its work",
            isTransient: isTransient, effect: boundary == .before ? .notDone : .unknown)
    }
}
