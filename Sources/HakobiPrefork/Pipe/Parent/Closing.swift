import HakobiCore

/// The end of a runner: everyone has a while to leave, then is given up.
struct Closing: Sendable {
    let limit: Duration
    private var deadline: Duration?
    private(set) var isOver = false

    init(limit: Duration) { self.limit = limit }

    /// When to look again.
    var next: Duration? { deadline }

    mutating func begin(_ now: Duration) { deadline = deadline ?? now + limit }

    mutating func step(_ state: inout PipeState) {
        guard let deadline, !isOver else { return }
        if state.now >= deadline { state.giveUp() }
        isOver = state.isEmpty
    }
}
