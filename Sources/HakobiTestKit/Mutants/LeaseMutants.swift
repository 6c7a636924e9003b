internal import HakobiCore

extension StoreMutants {
    static let leases: [Mutant] = [
        Mutant("a renewal does not extend") { $0.bendRenewals { $0.extend = nil } },
        Mutant("a look extends") { $0.bendRenewals { $0.extend = $0.extend ?? .seconds(60) } },
        Mutant("a renewal does not look at the lease") { twin in
            let (next, base) = (twin.renew, twin.base)
            twin.renew = { renewals throws(StoreError) in
                var bent = renewals
                for index in bent.indices {
                    bent[index].lease = try await Twin.currentLease(of: bent[index].lease, in: base)
                }
                return try await next(bent)
            }
        },
        Mutant("a lost lease is said to be renewed") { twin in
            let next = twin.renew
            twin.renew = { renewals throws(StoreError) in try await next(renewals).map { $0 == .lost ? .renewed : $0 } }
        },
        Mutant("one lost renewal loses all") { twin in
            let next = twin.renew
            twin.renew = { renewals throws(StoreError) in
                let answers = try await next(renewals)
                return answers.contains(.lost) ? answers.map { _ in .lost } : answers
            }
        },
        Mutant("progress is lost") { $0.bendRenewals { $0.progress = nil } },
        Mutant("the checkpoint of a renewal is lost") { $0.bendRenewals { $0.checkpoint = nil } },
        Mutant("a lease is lost by the clock alone") { twin in
            let (claim, renew, base) = (twin.claim, twin.renew, twin.base)
            twin.claim = { demand throws(StoreError) in
                _ = try await base.rescue(Rescue(.expired))
                return try await claim(demand)
            }
            twin.renew = { renewals throws(StoreError) in
                _ = try await base.rescue(Rescue(.expired))
                return try await renew(renewals)
            }
        },
        Mutant("leases hold half as long as asked") { $0.bendDemands { $0.lease = $0.lease / 2 } },
        Mutant("a request to cancel is swallowed") { twin in
            let (next, base) = (twin.cancel, twin.base)
            twin.cancel = { ids throws(StoreError) in
                var receipts: [EditReceipt] = []
                for id in ids {
                    let isRunning = try await base.job(id)?.state == .running
                    receipts += try await isRunning ? [.requested] : next([id])
                }
                return receipts
            }
        },
        Mutant("a holder is not told of a request to cancel") { twin in
            let next = twin.renew
            twin.renew = { renewals throws(StoreError) in
                try await next(renewals).map { $0 == .cancelRequested ? .renewed : $0 }
            }
        },
        Mutant("a request to cancel outlives the attempt") { twin in
            let (cancel, renew, asked) = (twin.cancel, twin.renew, Notes<Set<JobID>>([]))
            twin.cancel = { ids throws(StoreError) in
                asked.use { $0.formUnion(ids) }
                return try await cancel(ids)
            }
            twin.renew = { renewals throws(StoreError) in
                zip(renewals, try await renew(renewals)).map { renewal, answer in
                    answer == .renewed && asked.use { $0.contains(renewal.lease.job) } ? .cancelRequested : answer
                }
            }
        },
    ]
}
