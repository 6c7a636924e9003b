import Hakobi
import HakobiCore
import Synchronization

/// What other threads ask of the loop, in order; and what it last published for them to see.
final class Mailbox: Sendable {
    enum Command: Sendable {
        case accept([ClaimedJob])
        case stop(Lease, StopReason)
        case recall
        case drain
        case update(PipeSettings)
        case close
        case spawned(WorkerProcess)
        case retire(Int)
        case exited(WorkerProcess, CauseOfDeath, ExitKind)
    }

    private struct Box {
        var commands: [Command] = []
        /// Accepted and not yet counted in `waiting`.
        var arriving = 0
        var waiting = 0
        var capacity = RunnerCapacity(kinds: [], slots: 0, lonelySlots: 0)
    }

    private let box = Mutex(Box())
    let bell: ThreadBell

    init(_ bell: ThreadBell) { self.bell = bell }

    func post(_ command: Command) {
        let wasEmpty = box.withLock { box in
            if case .accept(let jobs) = command { box.arriving += jobs.count }
            box.commands.append(command)
            return box.commands.count == 1
        }
        if wasEmpty { bell.ring() }
    }

    func take() -> [Command] {
        box.withLock { box in
            defer { box.commands.removeAll() }
            return box.commands
        }
    }

    /// Never too low for a moment: who was just accepted is counted as waiting until `counted`.
    func publish(waiting: Int, capacity: RunnerCapacity, counted: Int) {
        box.withLock { box in
            box.waiting = waiting
            box.capacity = capacity
            box.arriving -= counted
        }
    }

    var waiting: Int { box.withLock { $0.waiting + $0.arriving } }
    var capacity: RunnerCapacity { box.withLock { $0.capacity } }
}

extension Mailbox.Command {
    /// Jobs that it brings.
    var arrivals: Int { if case .accept(let jobs) = self { jobs.count } else { 0 } }
}
