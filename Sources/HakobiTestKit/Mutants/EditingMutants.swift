internal import HakobiCore

extension StoreMutants {
    static let editing: [Mutant] = [
        Mutant("a retry does nothing") { $0.retry = { ids in ids.map { _ in .done } } },
        Mutant("a cancel does nothing") { $0.cancel = { ids in ids.map { _ in .done } } },
        Mutant("a delete does nothing") { $0.delete = { ids in ids.map { _ in .done } } },
        Mutant("retries stop at the first refusal") { twin in
            let next = twin.retry
            twin.retry = { ids throws(StoreError) in
                var receipts: [EditReceipt] = []
                for id in ids {
                    receipts += try await receipts.last == .done || receipts.isEmpty ? next([id]) : [.notFound]
                }
                return receipts
            }
        },
        Mutant("a retry keeps the counters") { twin in
            let (base, kept) = (twin.base, Notes<[JobID: Int]>([:]))
            let next = twin.retry
            twin.retry = { ids throws(StoreError) in
                for id in ids { if let record = try await base.job(id) { kept.use { $0[id] = record.failures } } }
                return try await next(ids)
            }
            twin.bendRecords { record in record.failures += kept.use { $0[record.id] ?? 0 } }
        },
        Mutant("a deleted job's id is never free again") { twin in
            let (next, gone) = (twin.delete, Notes<Set<JobID>>([]))
            twin.delete = { ids throws(StoreError) in
                gone.use { $0.formUnion(ids) }
                return try await next(ids)
            }
            twin.insertEach { job, next throws(StoreError) in
                try await gone.use({ $0.contains(job.id) }) ? [.existing(job.id)] : next([job])
            }
        },
        Mutant("a running job is deleted") { twin in
            let (next, base) = (twin.delete, twin.base)
            twin.delete = { ids throws(StoreError) in
                for id in ids {
                    guard let owner = try await base.job(id)?.owner else { continue }
                    _ = try await base.rescue(Rescue(.owner(owner, running: [])))
                }
                return try await next(ids)
            }
        },
        Mutant("nothing is pruned") { $0.prune = { _ in 0 } },
        Mutant("dead jobs are pruned like completed ones") { bendRetention(in: &$0) { $0.deadAge = $0.completedAge } },
        Mutant("any number of completed jobs is kept") { bendRetention(in: &$0) { $0.completedRows = .max } },
        Mutant("old jobs are pruned whatever their state") { twin in
            let (next, base) = (twin.prune, twin.base)
            twin.prune = { ask throws(StoreError) in
                let waiting = try await base.jobs(matching: JobFilter(state: .available), limit: 99, before: nil)
                let old = waiting.filter { $0.createdAt != $0.dueAt || $0.attempt > 0 }.map(\.id)
                _ = try await base.delete(old)
                return try await next(ask) + old.count
            }
        },
        Mutant("a prune ignores its limit") { twin in
            let next = twin.prune
            twin.prune = { ask throws(StoreError) in try await next((ask.0, .max)) }
        },
    ]

    private static func bendRetention(in twin: inout Twin, _ bend: @escaping @Sendable (inout Retention) -> Void) {
        let next = twin.prune
        twin.prune = { ask throws(StoreError) in try await next((Twin.bent(ask.0, bend), ask.1)) }
    }
}
