internal import HakobiCore

extension StoreMutants {
    static let settling: [Mutant] = [
        Mutant("a settle does not look at the lease") { unfence(&$0) },
        Mutant("a settle does not tell a job from an older one of its id") { twin in
            let (claim, rows) = (twin.claim, Notes<[JobID: Int64]>([:]))
            twin.claim = { demand throws(StoreError) in
                let claimed = try await claim(demand)
                rows.use { rows in for job in claimed { rows[job.lease.job] = job.lease.row } }
                return claimed
            }
            twin.bendSettlements { settlement in
                let lease = settlement.lease
                let row = rows.use { $0[lease.job] } ?? lease.row
                settlement.lease = Lease(job: lease.job, row: row, attempt: lease.attempt, owner: lease.owner)
            }
        },
        Mutant("a lost settlement is said to be settled") { twin in
            let next = twin.settle
            twin.settle = { settlements throws(StoreError) in
                try await next(settlements).map { $0 == .lost ? .settled(followUps: []) : $0 }
            }
        },
        Mutant("a completion is done, and said to be lost") { twin in
            let next = twin.settle
            twin.settle = { settlements throws(StoreError) in
                let receipts = try await next(settlements)
                return zip(settlements, receipts).map { settlement, receipt in
                    if case .completed(nil) = settlement.outcome { .lost } else { receipt }
                }
            }
        },
        Mutant("one lost settlement loses all") { twin in
            let (next, base) = (twin.settle, twin.base)
            twin.settle = { settlements throws(StoreError) in
                for settlement in settlements {
                    let record = try await base.job(settlement.lease.job)
                    if record?.state != .running || record?.attempt != settlement.lease.attempt {
                        return settlements.map { _ in .lost }
                    }
                }
                return try await next(settlements)
            }
        },
        Mutant("the attempt goes down when a job is given back") { twin in
            unfence(&twin)
            twin.bendClaims { claimed in
                let lease = claimed.lease
                claimed.lease = Lease(
                    job: lease.job, row: lease.row, attempt: claimed.failures + 1, owner: lease.owner)
            }
        },
        Mutant("the checkpoint of a settlement is lost") { $0.bendSettlements { $0.checkpoint = nil } },
        Mutant("follow-ups are dropped") { twin in
            let next = twin.settle
            twin.settle = { settlements throws(StoreError) in
                let bare = settlements.map { settlement in Twin.bent(settlement) { $0.followUps = [] } }
                return zip(settlements, try await next(bare)).map { settlement, receipt in
                    receipt == .lost ? .lost : .settled(followUps: settlement.followUps.map { _ in .inserted })
                }
            }
        },
        Mutant("follow-ups are inserted though the lease was lost") { twin in
            let (next, base) = (twin.settle, twin.base)
            twin.settle = { settlements throws(StoreError) in
                let receipts = try await next(settlements)
                for (settlement, receipt) in zip(settlements, receipts) where receipt == .lost {
                    _ = try await base.insert(settlement.followUps)
                }
                return receipts
            }
        },
        Mutant("a refused follow-up loses the settlement") { twin in
            let next = twin.settle
            twin.settle = { settlements throws(StoreError) in
                let refusals = settlements.flatMap(\.followUps).compactMap {
                    $0.refusal(maxPayloadBytes: Defaults.maxPayloadBytes)
                }
                return try await refusals.isEmpty ? next(settlements) : settlements.map { _ in .lost }
            }
        },
        Mutant("follow-ups are inserted before their parent ends") { twin in
            let (next, base) = (twin.settle, twin.base)
            twin.settle = { settlements throws(StoreError) in
                var receipts: [Receipt] = []
                for settlement in settlements {
                    let answers = try await base.insert(settlement.followUps)
                    let receipt = try await next([Twin.bent(settlement) { $0.followUps = [] }])
                    receipts += receipt.map { $0 == .lost ? .lost : .settled(followUps: answers) }
                }
                return receipts
            }
        },
        Mutant("follow-ups know no keys") { twin in
            twin.bendSettlements { settlement in
                settlement.followUps = settlement.followUps.map { job in
                    Twin.bent(job) { ($0.idempotencyKey, $0.uniqueKey) = (nil, nil) }
                }
            }
        },
        Mutant("follow-ups are kept on completion only") { twin in
            twin.bendSettlements { settlement in
                if case .completed = settlement.outcome { return }
                settlement.followUps = []
            }
        },
    ]

    private static func unfence(_ twin: inout Twin) {
        let (next, base) = (twin.settle, twin.base)
        twin.settle = { settlements throws(StoreError) in
            var bent: [Settlement] = []
            for settlement in settlements {
                let lease = try await Twin.currentLease(of: settlement.lease, in: base)
                bent.append(Twin.bent(settlement) { $0.lease = lease })
            }
            return try await next(bent)
        }
    }
}
