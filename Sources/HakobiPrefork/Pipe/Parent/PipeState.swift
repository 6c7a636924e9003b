import Hakobi
import HakobiCore

/// Everything that is decided about jobs on pipes: events in, actions out; no clock, no descriptor, no thread.
struct PipeState: Sendable {
    var settings: PipeSettings
    var children: [Int: ChildState] = [:]
    var waiting = WaitingLine()
    var suspects: [Parcel] = []
    var isDraining = false
    var isClosing = false
    /// The moment of this round, by `RunningPage.clock()`; set by the shell before anything else.
    var now = Duration.zero
    /// What ready children announced, sorted, and how many jobs they run at once.
    var kinds: [Kind] = []
    var slots = 0
    /// Jobs done, by those that are gone as well.
    var servedEver = 0
    private(set) var actions: [PipeAction] = []
    /// Settlements of this round, handed over in one piece.
    private var settled: [Settlement] = []
    private var nextTicket: Ticket = 1
    /// Measured time of a job, moving; nothing is given ahead before the first measure.
    var jobTime: Duration?
    private var lastCapacity = RunnerCapacity(kinds: [], slots: 0, lonelySlots: 0)
    private var lastBusy = 0
    private var lastLonely = 0

    /// Each job that is given comes with an open file.
    let lendsLocks: Bool

    init(_ settings: PipeSettings, lendsLocks: Bool = false) {
        self.settings = settings
        self.lendsLocks = lendsLocks
    }

    // MARK: Answers

    var capacity: RunnerCapacity {
        let busyLonely = children.values.reduce(0) { $0 + ($1.process.isLonely && !$1.given.isEmpty ? 1 : 0) }
        return RunnerCapacity(
            kinds: kinds, slots: slots,
            lonelySlots: slots == 0 ? 0 : max(0, settings.lonelySlots - suspects.count - busyLonely))
    }

    var waitingCount: Int {
        waiting.count + suspects.count
            + children.values.reduce(0) { $0 + max(0, $1.given.count - $1.concurrency) }
    }

    /// Nothing is in anybody's hands.
    var isEmpty: Bool { waiting.isEmpty && suspects.isEmpty && children.values.allSatisfy(\.given.isEmpty) }

    // MARK: Doing

    mutating func emit(_ action: PipeAction) { actions.append(action) }

    mutating func settle(_ job: ClaimedJob, _ outcome: Outcome, by child: ChildState? = nil, ran: Duration = .zero) {
        settled.append(Settlement(job.lease, outcome, report: report(child, ran: ran)))
    }

    mutating func settle(_ ended: TicketOutcome, of job: ClaimedJob, by child: ChildState) {
        settled.append(
            Settlement(
                job.lease, ended.outcome, report: report(child, ran: ended.ran), followUps: ended.followUps,
                checkpoint: ended.checkpoint))
    }

    private func report(_ child: ChildState?, ran: Duration) -> AttemptReport {
        AttemptReport(
            host: settings.host, pid: child?.process.pid ?? 0, generation: child?.process.generation ?? 0,
            release: child?.release ?? "", ran: ran)
    }

    mutating func ticket() -> Ticket {
        defer { nextTicket += 1 }
        return nextTicket
    }

    /// What is to be done after a round of events: jobs are given out, and what changed is told.
    mutating func takeActions() -> [PipeAction] {
        feed()
        leave()
        tellChanges()
        if !settled.isEmpty {
            emit(.settle(settled))
            settled.removeAll(keepingCapacity: true)
        }
        defer { actions.removeAll(keepingCapacity: true) }
        return actions
    }

    /// Pipes of idle children that shall go are closed.
    private mutating func leave() {
        for (serial, child) in children where child.phase == .retiring && child.given.isEmpty {
            children[serial]?.phase = .closed
            emit(.close(serial))
        }
    }

    private mutating func tellChanges() {
        let busy = children.values.reduce(0) {
            $0 + ($1.phase == .ready && !$1.process.isLonely && !$1.given.isEmpty ? 1 : 0)
        }
        if busy != lastBusy { emit(.load(busy: busy)) }
        lastBusy = busy
        let lonely = min(
            settings.lonelySlots,
            suspects.count + children.values.reduce(0) { $0 + ($1.process.isLonely ? $1.given.count : 0) })
        if lonely != lastLonely { emit(.wantLonely(lonely)) }
        lastLonely = lonely
        let capacity = capacity
        if capacity != lastCapacity { emit(.capacityChanged) }
        lastCapacity = capacity
    }
}
