/// How much a lost job is to blame for its holder's death.
package enum Suspicion: String, Sendable {
    /// Not at all.
    case none = "it had not started"
    /// Perhaps.
    case shared = "it may have run beside others and runs alone next"
    /// Proven.
    case alone = "it ran alone and is charged"

    /// What is known of one job when its lease is revoked.
    package init(of job: JobID, isSuspect: Bool, scope: Rescue.Scope) {
        self = isSuspect ? .alone : .shared
        switch scope {
        case .expired, .owner(_, running: nil): break
        case .owner(_, let running?):
            if !running.contains(job) { self = .none } else if running.count == 1 { self = .alone }
        case .unanswered: self = .none
        }
    }

    /// What the caller of the rescue is told.
    package func verdict(_ ending: Ending) -> RescuedJob.Verdict {
        switch self {
        case .none: .returned
        case .shared: .suspected
        case .alone: ending.state == .dead ? .dead : .crashed
        }
    }
}
