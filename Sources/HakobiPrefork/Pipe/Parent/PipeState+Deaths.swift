import Hakobi
import HakobiCore

/// What a death is charged to.
extension PipeState {
    /// A process is gone, everything it wrote has been read, `page` is what its slots show, and `begun` the last ticket
    /// whose handler it had started.
    mutating func exited(
        _ serial: Int, cause: CauseOfDeath, kind: ExitKind, page: [RunningPage.Entry], begun: Ticket
    ) {
        look(serial, page: page)
        guard let child = children.removeValue(forKey: serial) else { return }
        // What passed its hard limit has done so, even if its handler has ended since.
        let running = child.given.filter { ticket, given in
            child.condemned[ticket] != nil || page.contains { given.isShown(by: $0) }
        }
        let others = child.given.filter { running[$0.key] == nil }.sorted { $0.key < $1.key }
        // Tickets start in their order: a handler that began and does not run has ended, and nobody was told how.
        for (_, given) in others.filter({ $0.key <= begun }) {
            let reason = cause.sentence + " before it could tell how this job had ended"
            settle(given.job, .interrupted(reason: reason), by: child)
        }
        let unstarted = others.filter { $0.key > begun }.map(\.value.parcel)
        if !child.given.isEmpty, kind != .asked {
            emit(
                .log(
                    .died(
                        pid: child.process.pid, cause: cause.sentence, running: running.values.map(\.job.lease.job))))
        }
        charge(running, of: child, cause: cause, kind: kind)
        if running.isEmpty, kind == .unasked {
            bounce(unstarted, of: child, cause: cause)
        } else {
            replace(unstarted, leaving: child.givesBack || isDraining)
        }
        emit(.forget(serial))
        rosterChanged()
    }

    private mutating func charge(
        _ running: [Ticket: GivenJob], of child: ChildState, cause: CauseOfDeath, kind: ExitKind
    ) {
        for (ticket, given) in running {
            let outcome: Outcome
            if let limit = child.condemned[ticket] {
                outcome = overdue(given.job, limit)
            } else if !child.condemned.isEmpty {
                outcome = .interrupted(reason: "another job of its process passed its hard time limit")
            } else if given.stop == .drained || kind == .graceOver || isClosing {
                outcome = .interrupted(reason: "the service drained, and its process was ended")
            } else if running.count == 1 {
                outcome = .crashed(
                    cause, error: cause.sentence + " while running this job", budget: settings.crashBudget)
            } else {
                outcome = .suspected(
                    cause, error: cause.sentence + " while running \(running.count) jobs, this one among them")
            }
            settle(given.job, outcome, by: child, ran: given.startedAt.map { max(.zero, now - $0) } ?? .zero)
        }
    }

    /// A handler's own policy lives in the child, which is dead: the policy of the house decides.
    private func overdue(_ job: ClaimedJob, _ limit: Duration) -> Outcome {
        var generator = SystemRandomNumberGenerator()
        let retry = RetryPolicy.exponential().decide(
            failures: job.failures + 1, maxFailures: job.maxFailures, using: &generator)
        return .failed(error: "hard time limit of \(limit) passed: its process was ended", retry)
    }

    /// It died by itself and ran nothing. Once or twice that is anybody's fault; a job that was there each time (one whose
    /// very arrival kills, before it starts) must not go round for ever.
    private mutating func bounce(_ parcels: [Parcel], of child: ChildState, cause: CauseOfDeath) {
        var innocent: [Parcel] = []
        for var parcel in parcels {
            parcel.bounces += 1
            guard parcel.bounces >= 3 else {
                innocent.append(parcel)
                continue
            }
            emit(.log(.bounced(job: parcel.job.lease.job, times: parcel.bounces)))
            let error = cause.sentence + " before this job could start, \(parcel.bounces) times"
            settle(
                parcel.job,
                child.process.isLonely
                    ? .crashed(cause, error: error, budget: settings.crashBudget) : .suspected(cause, error: error),
                by: child)
        }
        replace(innocent, leaving: child.givesBack || isDraining)
    }
}

extension GivenJob {
    func isShown(by entry: RunningPage.Entry) -> Bool {
        entry.job == job.lease.job && entry.attempt == job.lease.attempt
    }
}

extension CauseOfDeath {
    /// As an operator reads it.
    var sentence: String {
        if let signal, signal != 0 { return "the worker process was ended by \(Self.name(of: signal))" }
        return "the worker process left with exit code \(exitCode ?? 0)"
    }

    private static func name(of signal: Int32) -> String {
        let names: [Int32: String] = [
            1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
            9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ",
            31: "SIGSYS",
        ]
        return names[signal] ?? "signal \(signal)"
    }
}
