/// Where a job stands. Each job ends in exactly one terminal state.
///
/// "Scheduled" and "retrying" are views of `available` with a due time ahead, not states: nothing has to move a job from
/// one to the other, so nothing can forget to.
@nonexhaustive
public enum JobState: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Kept back by a batch or a limit.
    case held = 0
    /// May be claimed once its due time has come.
    case available = 1
    /// Claimed: exactly one lease is out for it.
    case running = 2
    /// Done. Terminal.
    case completed = 3
    /// Withdrawn by an operator, by its producer or by itself. Terminal.
    case cancelled = 4
    /// Retry or crash budget spent, or declared hopeless; kept for a person to look at. Terminal.
    case dead = 5

    /// The only table of legal moves. Every store's statements name a source state from it; a test walks all pairs.
    public var successors: [JobState] {
        switch self {
        case .held: [.available, .cancelled]
        case .available: [.running, .cancelled]
        case .running: [.available, .completed, .cancelled, .dead]
        case .completed: []
        case .cancelled: [.available]
        case .dead: [.available]
        }
    }

    /// Whether a job in this state may be moved to `next`. Only a person's `retry` leaves a terminal state.
    public func canBecome(_ next: JobState) -> Bool { successors.contains(next) }

    /// Whether the job has ended; retention applies from here on.
    public var isTerminal: Bool { self == .completed || self == .cancelled || self == .dead }

    /// The word used in output and in `--state`.
    public var description: String {
        switch self {
        case .held: "held"
        case .available: "available"
        case .running: "running"
        case .completed: "completed"
        case .cancelled: "cancelled"
        case .dead: "dead"
        }
    }
}
