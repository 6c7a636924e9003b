internal import HakobiCore

extension StoreMutants {
    static let insertion: [Mutant] = [
        Mutant("a new job starts with a failure") { $0.bendRecords { $0.failures += 1 } },
        Mutant("the time of creation is overwritten") { $0.bendRecords { $0.createdAt = $0.dueAt } },
        Mutant("the time of creation is lost") { $0.bendRecords { $0.createdAt = Timestamp(microseconds: 0) } },
        Mutant("the same id again replaces the job") { twin in
            let base = twin.base
            twin.insertEach { job, next throws(StoreError) in
                guard try await base.job(job.id) != nil else { return try await next([job]) }
                _ = try await base.delete([job.id])
                _ = try await next([job])
                return [.existing(job.id)]
            }
        },
        Mutant("the same id again is a second job") { twin in
            let base = twin.base
            twin.insertEach { job, next throws(StoreError) in
                var job = job
                while try await base.job(job.id) != nil { job.id = JobID(high: job.id.high, low: job.id.low + 1) }
                return try await next([job])
            }
        },
        Mutant("one refusal fails the whole insert") { twin in
            let next = twin.insert
            twin.insert = { jobs throws(StoreError) in
                let refusals = jobs.compactMap { $0.refusal(maxPayloadBytes: Defaults.maxPayloadBytes) }
                guard let refusal = refusals.first else { return try await next(jobs) }
                return jobs.map { _ in .refused(refusal) }
            }
        },
        Mutant("values out of range are bent instead of refused") { twin in
            twin.bendJobs { job in
                job.priority = min(9, max(0, job.priority))
                job.maxFailures = max(1, job.maxFailures)
                if case .after(let delay) = job.due { job.due = .after(max(.zero, delay)) }
            }
        },
        Mutant("an insert of nothing is refused") { twin in
            let next = twin.insert
            twin.insert = { jobs throws(StoreError) in
                try await jobs.isEmpty ? [.refused(.invalid("nothing to insert"))] : next(jobs)
            }
        },
        Mutant("an insert is done back to front") { twin in
            let next = twin.insert
            twin.insert = { jobs throws(StoreError) in try await next(jobs.reversed()).reversed() }
        },
        Mutant("metadata is lost") { $0.bendJobs { $0.metadata = [:] } },
        Mutant("limits are lost on the way to the handler") { $0.bendClaims { $0.limits = TimeLimits() } },
        Mutant("an empty payload becomes null") { twin in
            twin.bendJobs { if $0.payload.bytes.isEmpty { $0.payload.bytes = Array("null".utf8) } }
        },
        Mutant("a payload is cut at 65,535 bytes") { twin in
            twin.bendJobs { job in
                guard (65_536...Defaults.maxPayloadBytes).contains(job.payload.bytes.count) else { return }
                job.payload.bytes = Array(job.payload.bytes.prefix(65_535))
            }
        },
        Mutant("a payload is stored as text") { twin in
            twin.bendJobs { job in
                guard job.payload.bytes.count <= Defaults.maxPayloadBytes else { return }
                job.payload.bytes = Array(String(decoding: job.payload.bytes, as: UTF8.self).utf8)
            }
        },
        Mutant("a payload may have any size", maxPayloadBytes: .max, clock: { $0.storeClock }),
        Mutant("a far due time overflows into the past") { twin in
            twin.bendJobs { if case .after(let delay) = $0.due, delay > .seconds(1 << 40) { $0.due = .now } }
        },
    ]
}
