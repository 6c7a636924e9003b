internal import HakobiCore

extension StoreMutants {
    static let outcomes: [Mutant] = [
        Mutant("results are lost") { twin in
            twin.bendOutcomes { if case .completed = $0 { .completed(result: nil) } else { $0 } }
        },
        Mutant("a failed job is due at once") { twin in
            twin.bendOutcomes {
                if case .failed(let text, .after) = $0 { .failed(error: text, .after(.zero)) } else { $0 }
            }
        },
        Mutant("nothing ever dies") { twin in
            twin.bendOutcomes {
                if case .failed(let text, .never) = $0 { .failed(error: text, .after(.zero)) } else { $0 }
            }
        },
        Mutant("the store counts the failures down itself") { twin in
            twin.bendOutcomes(knowing: { outcome, record in
                guard case .failed(let text, _) = outcome, record.failures + 1 >= record.maxFailures else {
                    return outcome
                }
                return .failed(error: text, .never)
            })
        },
        Mutant("a snooze is a failure") { twin in
            twin.bendOutcomes { if case .snoozed(let delay, _) = $0 { .failed(error: "", .after(delay)) } else { $0 } }
        },
        Mutant("an interruption is a failure") { twin in
            twin.bendOutcomes { if case .interrupted = $0 { .failed(error: "", .after(.zero)) } else { $0 } }
        },
        Mutant("an interrupted job waits a second") { twin in
            twin.bendOutcomes { if case .interrupted = $0 { .snoozed(.seconds(1), reason: nil) } else { $0 } }
        },
        Mutant("a returned job is a crash") { twin in
            twin.bendOutcomes { outcome in
                if case .returned = outcome { .crashed(CauseOfDeath(), error: "", budget: 9) } else { outcome }
            }
        },
        Mutant("a returned job is an interrupted one") { twin in
            twin.bendOutcomes { if case .returned = $0 { .interrupted(reason: nil) } else { $0 } }
        },
        Mutant("a job given back goes to the end") { twin in
            twin.bendOutcomes { outcome in
                switch outcome {
                case .returned, .interrupted: .snoozed(.zero, reason: nil)
                default: outcome
                }
            }
        },
        Mutant("a withdrawn job is a failed one") { twin in
            twin.bendOutcomes { if case .cancelled = $0 { .failed(error: "", .never) } else { $0 } }
        },
        Mutant("crashes are not counted") { twin in
            twin.bendOutcomes { if case .crashed = $0 { .interrupted(reason: nil) } else { $0 } }
        },
        Mutant("the crash budget is ignored") { twin in
            twin.bendOutcomes { outcome in
                if case .crashed(let cause, let text, _) = outcome {
                    .crashed(cause, error: text, budget: .max)
                } else {
                    outcome
                }
            }
        },
        Mutant("a negative delay moves a job ahead") { twin in
            let delays = Notes<[JobID: Duration]>([:])
            twin.bendSettlements { settlement in
                let id = settlement.lease.job
                if case .failed(_, .after(let delay)) = settlement.outcome, delay < .zero {
                    delays.use { $0[id] = delay }
                }
            }
            twin.bendRecords { record in
                let delay = delays.use { $0[record.id] }
                if let delay { record.dueAt = record.dueAt + delay }
            }
        },
        Mutant("a job whose cancel was requested cannot complete") { twin in
            twin.bendOutcomes(knowing: { outcome, record in
                if record.isCancelRequested, case .completed = outcome { .cancelled(reason: nil) } else { outcome }
            })
        },
    ]

    static let history: [Mutant] = [
        Mutant("history keeps the last line only") { $0.bendRecords { $0.history = $0.history.suffix(1) } },
        Mutant("history is newest first") { $0.bendRecords { $0.history.reverse() } },
        Mutant("an error text is cut at 255 bytes") { twin in
            twin.bendHistory { line in line.error = line.error.map { String($0.prefix(255)) } }
        },
        Mutant("history does not tell who ran the attempt") { $0.bendHistory { $0.report = nil } },
        Mutant("an attempt starts when it ends") { $0.bendHistory { $0.startedAt = $0.endedAt } },
        Mutant("history keeps the signal only") { twin in
            twin.bendHistory { line in line.cause = line.cause.map { CauseOfDeath(signal: $0.signal) } }
        },
        Mutant("every attempt has a cause of death") { $0.bendHistory { $0.cause = $0.cause ?? CauseOfDeath() } },
    ]
}
