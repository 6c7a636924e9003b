internal import HakobiCore

extension StoreMutants {
    static let keys: [Mutant] = [
        Mutant("idempotency keys are ignored") { $0.bendJobs { $0.idempotencyKey = nil } },
        Mutant("unique keys are ignored") { $0.bendJobs { $0.uniqueKey = nil } },
        Mutant("idempotency keys of all kinds meet") { twin in
            let seen = Notes<[JobKey: JobID]>([:])
            twin.insertEach { job, next throws(StoreError) in
                guard let key = job.idempotencyKey?.key else { return try await next([job]) }
                if let known = seen.use({ $0[key] }), known != job.id { return [.existing(known)] }
                seen.use { $0[key] = job.id }
                return try await next([job])
            }
        },
        Mutant("unique keys of all kinds meet") { twin in
            let (base, seen) = (twin.base, Notes<[JobKey: JobID]>([:]))
            twin.insertEach { job, next throws(StoreError) in
                guard let key = job.uniqueKey?.key else { return try await next([job]) }
                if let known = seen.use({ $0[key] }), let holder = try await base.job(known),
                    !holder.state.isTerminal, holder.kind != job.kind
                {
                    return [.existing(known)]
                }
                seen.use { $0[key] = job.id }
                return try await next([job])
            }
        },
        Mutant("keys are compared as text, not as bytes") { twin in
            let spellings = Notes<[String: JobKey]>([:])
            let common: @Sendable (JobKey) -> JobKey = { key in
                spellings.use { known in
                    let first = known[key.description] ?? key
                    known[key.description] = first
                    return first
                }
            }
            twin.bendJobs { job in
                if let key = job.idempotencyKey?.key { job.idempotencyKey?.key = common(key) }
                if let key = job.uniqueKey?.key { job.uniqueKey?.key = common(key) }
            }
        },
        Mutant("an idempotency key is never forgotten") { twin in
            twin.bendJobs { $0.idempotencyKey?.window = .seconds(1 << 40) }
        },
        Mutant("an idempotency key is looked up among live jobs") { twin in
            forgetKey(in: &twin) { $0.state.isTerminal }
        },
        Mutant("an idempotency key goes with its job") { twin in forgetKey(in: &twin) { _ in false } },
        Mutant("an idempotency key is remembered before its job is kept") { twin in
            let base = twin.base
            twin.insertEach { job, next throws(StoreError) in
                let answers = try await next([job])
                if answers != [.inserted], var ghost = Optional(job) {
                    // Inserted and deleted again, a job leaves nothing but its key.
                    (ghost.priority, ghost.uniqueKey) = (0, nil)
                    if try await base.insert([ghost]) == [.inserted] { _ = try await base.delete([ghost.id]) }
                }
                return answers
            }
        },
        Mutant("a unique key keeps its holder, whatever was asked") {
            $0.bendJobs { $0.uniqueKey?.onConflict = .keep }
        },
        Mutant("a running holder of a unique key is replaced") { twin in
            twin.insertEach { job, next throws(StoreError) in
                let answers = try await next([job])
                guard case .refused(.uniqueKeyTaken(let holder))? = answers.first, job.uniqueKey?.onConflict == .replace
                else { return answers }
                _ = try await next([Twin.bent(job) { $0.uniqueKey = nil }])
                return [.replaced(holder)]
            }
        },
        Mutant("a unique key is never free again") { twin in
            let seen = Notes<[JobKey: JobID]>([:])
            twin.insertEach { job, next throws(StoreError) in
                let known = job.uniqueKey.flatMap { unique in seen.use { $0[unique.key] } }
                if let known { return [.existing(known)] }
                if let key = job.uniqueKey?.key { seen.use { $0[key] = job.id } }
                return try await next([job])
            }
        },
        Mutant("a unique key is free between attempts") { twin in
            let base = twin.base
            twin.insertEach { job, next throws(StoreError) in
                let answers = try await next([job])
                guard case .existing(let holder)? = answers.first, let record = try await base.job(holder),
                    job.uniqueKey != nil, record.state == .available, record.attempt > 0
                else { return answers }
                return try await next([Twin.bent(job) { $0.uniqueKey = nil }])
            }
        },
    ]

    /// Forgets an idempotency key when its job is gone, or when `isForgotten` says so.
    private static func forgetKey(in twin: inout Twin, when isForgotten: @escaping @Sendable (JobRecord) -> Bool) {
        let base = twin.base
        twin.insertEach { job, next throws(StoreError) in
            let answers = try await next([job])
            guard case .existing(let known)? = answers.first, known != job.id, job.idempotencyKey != nil else {
                return answers
            }
            if let record = try await base.job(known), !isForgotten(record) { return answers }
            return try await next([Twin.bent(job) { $0.idempotencyKey = nil }])
        }
    }
}
