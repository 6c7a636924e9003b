internal import HakobiCore

extension StoreMutants {
    static let claiming: [Mutant] = [
        Mutant("a running job has no owner") { $0.bendRecords { $0.owner = nil } },
        Mutant("a job is claimed twice") { twin in
            let (next, last) = (twin.claim, Notes<[ClaimedJob]>([]))
            twin.claim = { demand throws(StoreError) in
                let claimed = try await next(demand)
                return last.use { last in
                    defer { last = claimed }
                    return claimed.isEmpty ? last : claimed
                }
            }
        },
        Mutant("a claim takes one more than asked") { $0.bendDemands { $0.slots += 1 } },
        Mutant("a claim takes one job, however many were asked") { $0.bendDemands { $0.slots = min(1, $0.slots) } },
        Mutant("unknown kinds are claimed") { claimKinds(in: &$0) { _, _ in true } },
        Mutant("kinds are compared as text, not as bytes") { twin in
            claimKinds(in: &twin) { kind, demand in
                demand.kinds.contains { $0.description == kind.description }
            }
        },
        Mutant("due times are ignored") { $0.bendJobs { $0.due = .now } },
        Mutant("a due moment in the past is kept as it is") { twin in
            let given = Notes<[JobID: Timestamp]>([:])
            twin.bendJobs { job in
                let id = job.id
                if case .at(let moment) = job.due { given.use { $0[id] = moment } }
            }
            twin.bendRecords { record in
                if let moment = given.use({ $0[record.id] }), record.attempt == 0 { record.dueAt = moment }
            }
        },
        Mutant("priorities are reversed") { twin in
            twin.bendJobs { if (0...9).contains($0.priority) { $0.priority = 9 - $0.priority } }
            twin.bendRecords { $0.priority = 9 - $0.priority }
            twin.bendClaims { $0.priority = 9 - $0.priority }
        },
        Mutant("jobs are claimed in the order of their ids") { sortClaims(in: &$0) { $0.lease.job < $1.lease.job } },
        Mutant("jobs are claimed queue by queue") { sortClaims(in: &$0) { $0.queue < $1.queue } },
        Mutant("suspects are claimed as ordinary jobs") { twin in
            twin.bendDemands { if $0.lonelySlots == 0 { $0.lonelySlots = $0.slots } }
        },
        Mutant("ordinary jobs are claimed for lonely slots") { $0.bendDemands { $0.slots += $0.lonelySlots } },
        Mutant("lonely slots have no bound") { $0.bendDemands { if $0.lonelySlots > 0 { $0.lonelySlots = 99 } } },
    ]

    /// Adds kinds to every demand, out of those ever inserted.
    private static func claimKinds(in twin: inout Twin, where isAdded: @escaping @Sendable (Kind, Demand) -> Bool) {
        let seen = Notes<Set<Kind>>([])
        twin.bendJobs { job in
            let kind = job.kind
            seen.use { _ = $0.insert(kind) }
        }
        twin.bendDemands { demand in
            let known = demand
            demand.kinds += seen.use { $0 }.filter { isAdded($0, known) }
        }
    }

    private static func sortClaims(
        in twin: inout Twin, by isBefore: @escaping @Sendable (ClaimedJob, ClaimedJob) -> Bool
    ) {
        let next = twin.claim
        twin.claim = { demand throws(StoreError) in try await next(demand).sorted(by: isBefore) }
    }
}
