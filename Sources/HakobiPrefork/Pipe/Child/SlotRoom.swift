import Hakobi
import HakobiCore
import Synchronization

/// The slots of one child and the jobs that wait for them.
///
/// A job goes from line to slot in one step, so that a recall and a start never both have it.
final class SlotRoom: Sendable {
    /// A slot's task, so that a cancel reaches a handler even when the pool that runs handlers is blocked.
    private struct SlotTask: Sendable {
        // Only `cancel` is called, from any thread as it may be, and on a task that lives: it leaves its slot first (`leave`),
        // under the same lock.
        nonisolated(unsafe) let task: UnsafeCurrentTask
    }

    private struct Slot: Sendable {
        var ticket: Ticket?
        /// Held until the handler has ended: before the parent hears of that, so that nobody finds a settled job locked.
        var lock: LockCopy?
        var stop: StopReason?
        var softLimit: Duration?
        var softDeadline: Duration?
        var task: SlotTask?
        var sleeper: CheckedContinuation<Assignment?, Never>?
    }

    private struct State: Sendable {
        var line: [Assignment] = []
        var head = 0
        var slots: [Slot]
        var running = 0
        var isClosed = false

        var waiting: Int { line.count - head }

        mutating func pop() -> Assignment? {
            guard head < line.count else { return nil }
            let first = line[head]
            head += 1
            if head == line.count {
                line.removeAll(keepingCapacity: true)
                head = 0
            }
            return first
        }
    }

    private let state: Mutex<State>
    private let softLimit: @Sendable (ClaimedJob) -> Duration?
    /// A soft deadline is nearer than the watcher knows.
    private let limitAdded: @Sendable () -> Void

    init(
        slots: Int, softLimit: @escaping @Sendable (ClaimedJob) -> Duration?, limitAdded: @escaping @Sendable () -> Void
    ) {
        state = Mutex(State(slots: Array(repeating: Slot(), count: slots)))
        self.softLimit = softLimit
        self.limitAdded = limitAdded
    }

    // MARK: Slots

    /// A slot's task begins; it can be cancelled from now on.
    func enter(_ slot: Int, _ task: UnsafeCurrentTask) {
        let task = SlotTask(task: task)
        state.withLock { $0.slots[slot].task = task }
    }

    /// A slot's task is about to end.
    func leave(_ slot: Int) { state.withLock { $0.slots[slot].task = nil } }

    /// The next job for a slot, now running there; `nil` when the room is closed.
    func next(_ slot: Int) async -> Assignment? {
        let (assignment, isClosed) = state.withLock { state -> (Assignment?, Bool) in
            (state.isClosed ? nil : take(slot, &state), state.isClosed)
        }
        if assignment != nil || isClosed { return assignment }
        return await withCheckedContinuation { continuation in
            let now = state.withLock { state -> Assignment?? in
                if state.isClosed { return .some(nil) }
                if let assignment = take(slot, &state) { return assignment }
                state.slots[slot].sleeper = continuation
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    private func take(_ slot: Int, _ state: inout State) -> Assignment? {
        guard let assignment = state.pop() else { return nil }
        occupy(slot, assignment, &state)
        return assignment
    }

    private func occupy(_ slot: Int, _ assignment: Assignment, _ state: inout State) {
        state.slots[slot].ticket = assignment.ticket
        state.slots[slot].lock = assignment.lock
        state.slots[slot].stop = nil
        state.running += 1
        guard let limit = softLimit(assignment.job) else { return }
        state.slots[slot].softLimit = limit
        state.slots[slot].softDeadline = RunningPage.clock() + limit
        limitAdded()
    }

    func stopReason(_ slot: Int) -> StopReason? { state.withLock { $0.slots[slot].stop } }

    /// A job has ended. `wasStopped`: its task is cancelled for good; `isLast`: nothing waits for the slot.
    func end(_ slot: Int) -> (wasStopped: Bool, isLast: Bool) {
        state.withLock { state in
            state.slots[slot].ticket = nil
            state.slots[slot].lock?.release()
            state.slots[slot].lock = nil
            state.slots[slot].softDeadline = nil
            state.running -= 1
            return (state.slots[slot].stop != nil, state.waiting == 0)
        }
    }

    // MARK: The pipe's side

    func add(_ assignments: [Assignment]) {
        let starts = state.withLock { state in
            state.line.append(contentsOf: assignments)
            var starts: [(CheckedContinuation<Assignment?, Never>, Assignment)] = []
            for slot in state.slots.indices {
                guard state.waiting > 0 else { break }
                guard let sleeper = state.slots[slot].sleeper, let assignment = take(slot, &state) else { continue }
                state.slots[slot].sleeper = nil
                starts.append((sleeper, assignment))
            }
            return starts
        }
        for (sleeper, assignment) in starts { sleeper.resume(returning: assignment) }
    }

    /// Takes back what has not started.
    func recall() -> [Ticket] {
        state.withLock { state in
            defer {
                state.line.removeAll(keepingCapacity: true)
                state.head = 0
            }
            return state.line[state.head...].map(\.ticket)
        }
    }

    /// Stops one job. `true` when it had not started and now never will.
    func stop(_ ticket: Ticket, because reason: StopReason) -> Bool {
        state.withLock { state in
            if let index = state.line[state.head...].firstIndex(where: { $0.ticket == ticket }) {
                state.line.remove(at: index)
                return true
            }
            if let slot = state.slots.firstIndex(where: { $0.ticket == ticket }) { stop(slot, reason, &state) }
            return false
        }
    }

    func stopAll(because reason: StopReason) {
        state.withLock { state in
            for slot in state.slots.indices where state.slots[slot].ticket != nil { stop(slot, reason, &state) }
        }
    }

    private func stop(_ slot: Int, _ reason: StopReason, _ state: inout State) {
        guard state.slots[slot].stop == nil else { return }
        state.slots[slot].stop = reason
        state.slots[slot].task?.task.cancel()
    }

    /// Stops what passed its soft limit; answers the next deadline.
    func enforceSoftLimits(now: Duration) -> Duration? {
        state.withLock { state in
            for slot in state.slots.indices {
                guard let deadline = state.slots[slot].softDeadline, deadline <= now else { continue }
                state.slots[slot].softDeadline = nil
                stop(slot, .softLimit(state.slots[slot].softLimit ?? .zero), &state)
            }
            return state.slots.compactMap(\.softDeadline).min()
        }
    }

    /// No job starts any more; idle slots end.
    func close() {
        let sleepers = state.withLock { state in
            state.isClosed = true
            state.line.removeAll()
            state.head = 0
            let sleepers = state.slots.compactMap(\.sleeper)
            for slot in state.slots.indices { state.slots[slot].sleeper = nil }
            return sleepers
        }
        for sleeper in sleepers { sleeper.resume(returning: nil) }
    }

    var isIdle: Bool { state.withLock { $0.running == 0 && $0.waiting == 0 } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
}
