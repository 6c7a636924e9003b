internal import HakobiCore

extension StoreMutants {
    static let suspects: [Mutant] = [
        Mutant("a crash charges the neighbours") { twin in
            twin.bendOutcomes { outcome in
                if case .suspected(let cause, let text) = outcome {
                    .crashed(cause, error: text, budget: 99)
                } else {
                    outcome
                }
            }
        },
        Mutant("a suspect's first crash is forgiven") { $0.bendRecords { $0.crashes = min(1, $0.crashes) } },
        Mutant("suspicion is never cleared") { twin in
            twin.bendOutcomes(knowing: { outcome, record in
                switch outcome {
                case .failed, .snoozed, .interrupted:
                    record.isSuspect ? .suspected(CauseOfDeath(), error: "") : outcome
                default: outcome
                }
            })
        },
        Mutant("a claimed suspect does not say so") { $0.bendClaims { $0.isSuspect = false } },
    ]

    static let rescue: [Mutant] = [
        Mutant("nothing is rescued") { $0.rescue = { _ in [] } },
        Mutant("a rescue of one owner takes every owner's leases") { twin in
            let (next, base) = (twin.rescue, twin.base)
            twin.rescue = { request throws(StoreError) in
                guard case .owner(_, let running) = request.scope else { return try await next(request) }
                var rescued: [RescuedJob] = []
                for owner in try await base.owners() {
                    rescued += try await next(Twin.bent(request) { $0.scope = .owner(owner, running: running) })
                }
                return rescued
            }
        },
        Mutant("every job of a dead owner is taken for started") { twin in
            twin.bendRescues { if case .owner(let owner, _) = $0.scope { $0.scope = .owner(owner, running: nil) } }
        },
        Mutant("no job of a dead owner is taken for started") { twin in
            twin.bendRescues { if case .owner(let owner, _) = $0.scope { $0.scope = .owner(owner, running: []) } }
        },
        Mutant("what is held goes back with what was claimed without an answer") { twin in
            twin.bendRescues {
                if case .unanswered(let owner, _) = $0.scope { $0.scope = .unanswered(owner, held: []) }
            }
        },
        Mutant("what was claimed without an answer is taken for started") { twin in
            twin.bendRescues {
                guard case .unanswered(let owner, let held) = $0.scope, held.isEmpty else { return }
                $0.scope = .owner(owner, running: nil)
            }
        },
        Mutant("what was claimed without an answer stays with its lease") { twin in
            let next = twin.rescue
            twin.rescue = { request throws(StoreError) in
                if case .unanswered = request.scope { return [] }
                return try await next(request)
            }
        },
        Mutant("a rescue ignores the crash budget") { $0.bendRescues { $0.crashBudget = .max } },
        Mutant("a rescue leaves no history") { $0.bendRecords { $0.history.removeAll { $0.outcome == "rescued" } } },
        Mutant("a rescue does not say why") { $0.bendHistory { if $0.outcome == "rescued" { $0.error = nil } } },
        Mutant("a rescue ignores its limit") { $0.bendRescues { $0.limit = .max } },
    ]
}
