internal import Glibc
public import HakobiCore
internal import Synchronization

/// A store that ends its own process by SIGKILL at one of its boundaries: the crash tests' way to be exact about when.
public final class SelfKillingStore: JobStore {
    /// When to die, as text `METHOD:CALL:before` or `METHOD:CALL:after`, fit for an argument or a variable of a test's
    /// own program.
    public struct Plan: Sendable, Hashable, LosslessStringConvertible {
        /// The method.
        public var method: StoreMethod
        /// Which call of it, from 1.
        public var call: Int
        /// Before or after its work.
        public var boundary: StoreBoundary

        /// Dies at the `call`-th call of `method`.
        public init(_ method: StoreMethod, call: Int = 1, _ boundary: StoreBoundary) {
            self.method = method
            self.call = call
            self.boundary = boundary
        }

        /// Reads the text form; `nil` for anything else.
        public init?(_ description: String) {
            let parts = description.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let method = StoreMethod(rawValue: parts[0]), let call = Int(parts[1]), call > 0,
                let boundary = StoreBoundary(rawValue: parts[2])
            else { return nil }
            self.init(method, call: call, boundary)
        }

        /// The text form.
        public var description: String { "\(method.rawValue):\(call):\(boundary.rawValue)" }
    }

    private let base: any JobStore
    private let plan: Plan
    private let calls = Atomic<Int>(0)

    /// Wraps a store; the process dies as planned.
    public init(_ base: any JobStore, plan: Plan) {
        self.base = base
        self.plan = plan
    }

    /// Keeps new jobs, if the process lives.
    public func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        let isLast = begin(.insert)
        let answer = try await base.insert(jobs)
        die(if: isLast)
        return answer
    }

    /// Takes due jobs, if the process lives.
    public func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        let isLast = begin(.claim)
        let answer = try await base.claim(demand)
        die(if: isLast)
        return answer
    }

    /// Extends or looks at leases, if the process lives.
    public func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        let isLast = begin(.renew)
        let answer = try await base.renew(renewals)
        die(if: isLast)
        return answer
    }

    /// Ends attempts, if the process lives.
    public func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        let isLast = begin(.settle)
        let answer = try await base.settle(settlements)
        die(if: isLast)
        return answer
    }

    /// Revokes leases, if the process lives.
    public func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        let isLast = begin(.rescue)
        let answer = try await base.rescue(request)
        die(if: isLast)
        return answer
    }

    /// Dies here when the plan says before; else answers whether this call is the one to die after.
    private func begin(_ method: StoreMethod) -> Bool {
        guard method == plan.method, calls.add(1, ordering: .relaxed).newValue == plan.call else { return false }
        die(if: plan.boundary == .before)
        return true
    }

    private func die(if isTime: Bool) {
        guard isTime else { return }
        kill(getpid(), SIGKILL)
        // The kernel may take a moment; nothing of ours may happen in it.
        while true { pause() }
    }
}
