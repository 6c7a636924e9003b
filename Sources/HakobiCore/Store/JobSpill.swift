/// Where a client keeps jobs while its store is away, until somebody carries them there.
public protocol JobSpill: Sendable {
    /// Keeps jobs as they are; once it returns, all of them are durable. `away` is why the store does not have them, though its
    /// effect may be unknown: a job that it has after all is found to exist when it is carried there under its id.
    /// - Throws: `StoreError`, as for a place that is full; nothing of the jobs was kept when its effect is `notDone`.
    func keep(_ jobs: [NewJob], because away: StoreError) async throws(StoreError)
}
