import Hakobi

/// A store that did not answer when it was opened; each method throws why.
struct AwayStore: JobStore {
    let error: StoreError

    func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] { throw error }
    func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] { throw error }
    func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] { throw error }
    func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] { throw error }
    func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] { throw error }
}
