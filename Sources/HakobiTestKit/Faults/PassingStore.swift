package import HakobiCore

/// A store in front of another one, which answers whatever it does not answer itself.
package protocol PassingStore: JobStore {
    associatedtype Base: JobStore
    var base: Base { get }
}

extension PassingStore {
    package func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] { try await base.insert(jobs) }
    package func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] { try await base.claim(demand) }
    package func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] {
        try await base.renew(renewals)
    }
    package func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        try await base.settle(settlements)
    }
    package func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] {
        try await base.rescue(request)
    }
}
