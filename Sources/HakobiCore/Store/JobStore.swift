/// What a store promises: five methods, arrays in, arrays out, same order.
///
/// Every promise has a named check in `StoreConformance`; `MemoryStore` is the executable specification. Batching is the
/// engine's decision, so no method has a single-job twin. Every method may be repeated after an error whose effect is
/// unknown. Waiting stops when the calling task is cancelled (`StoreError.reason == .cancelled`); work already handed to
/// the database may still take effect then (`effect == .unknown`).
public protocol JobStore: Sendable {
    /// Keeps new jobs. Each stands alone: one's refusal never fails another's. Durable once answered.
    func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion]

    /// Takes due jobs: priority (larger first), then due time, then order of insertion. Costs what it takes, not what it
    /// walks past. Raises each one's `attempt` by one. After an error whose effect is unknown jobs may have been taken for
    /// an owner that knows nothing of them: `Rescue.Scope.unanswered` gives them back.
    func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob]

    /// Extends or looks at held leases, and keeps progress and checkpoints with them.
    func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt]

    /// Ends attempts under their leases, each at most once, with follow-ups in the same transaction.
    func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt]

    /// Revokes the leases of the dead.
    func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob]
}
