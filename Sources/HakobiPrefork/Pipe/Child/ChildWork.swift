import Hakobi
import HakobiCore
import Synchronization

/// The jobs of one worker process: slots that run them, one after another each.
final class ChildWork: Sendable {
    let room: SlotRoom
    let page: RunningPage
    let isDraining: Atomic<Bool>
    /// The kinds this process has handlers for, in the order of the hello.
    let offers: [Hello.Offer]
    /// The locks of its jobs.
    let house = HouseDescriptors()
    private let outbox: Outbox
    private let bell: ThreadBell
    private let execution: JobExecution
    private let slots: Int
    /// Of the pipe.
    private let version: UInt16
    private let threads: HandlerThreads

    init(
        _ handlers: Handlers, _ welcome: Welcome, slots: Int, version: UInt16, page: RunningPage, line: ChildLine,
        _ settings: WorkerProcessSettings
    ) {
        self.version = version
        self.page = page
        outbox = line.outbox
        let bell = line.bell
        self.bell = bell
        self.slots = slots
        threads = HandlerThreads(slots: slots)
        isDraining = Atomic(welcome.isDraining)
        offers = handlers.kinds.map { .init(kind: $0, limits: handlers[$0]?.options.limits ?? TimeLimits()) }
        execution = JobExecution(
            handlers: handlers,
            identity: ProcessIdentity(host: welcome.host, generation: welcome.generation, release: settings.release),
            logger: settings.logger, temporaryRoot: settings.temporaryRoot,
            watch: slots == 1 ? DescriptorWatch(besides: house) : nil)
        room = SlotRoom(slots: slots) { job in
            job.limits.soft ?? handlers[job.kind]?.options.limits.soft
        } limitAdded: {
            bell.ring()
        }
    }

    /// Runs jobs until the room is closed. A cancelled task stays cancelled, so a slot whose job was stopped gets a new one.
    func run() async {
        await withTaskGroup(of: Int.self) { group in
            for slot in 0..<slots { addWork(slot, to: &group) }
            for await slot in group where !room.isClosed { addWork(slot, to: &group) }
        }
    }

    private func addWork(_ slot: Int, to group: inout TaskGroup<Int>) {
        group.addTask(executorPreference: threads) { await self.work(slot) }
    }

    private func work(_ slot: Int) async -> Int {
        withUnsafeCurrentTask { task in
            if let task { room.enter(slot, task) }
        }
        defer { room.leave(slot) }
        while let assignment = await room.next(slot) {
            if await run(assignment, in: slot) { break }
        }
        return slot
    }

    /// `true` when the job was stopped, and the task with it.
    private func run(_ assignment: Assignment, in slot: Int) async -> Bool {
        let lease = assignment.job.lease
        page.set(slot, job: lease.job, attempt: lease.attempt)
        page.note(begun: assignment.ticket)
        let settlement = await execution.run(assignment.job, link: JobReporter(ticket: assignment.ticket, work: self)) {
            self.room.stopReason(slot)
        }
        page.clear(slot)
        let (wasStopped, isLast) = room.end(slot)
        outbox.add(
            TicketOutcome(
                ticket: assignment.ticket, outcome: settlement.outcome.spoken(in: version), ran: settlement.report.ran,
                followUps: settlement.followUps, checkpoint: settlement.checkpoint), now: isLast)
        return wasStopped
    }

    /// News waits for the thread of the pipe, which lets it out at a bounded rate.
    func report(_ news: TicketNews) {
        if outbox.add(news) { bell.ring() }
    }
}

/// A running job's way out to the parent.
private struct JobReporter: JobLink {
    let ticket: Ticket
    let work: ChildWork

    var isDraining: Bool { work.isDraining.load(ordering: .relaxed) }

    func report(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?) {
        work.report(TicketNews(ticket: ticket, progress: progress, checkpoint: checkpoint))
    }
}
