import Glibc
import HakobiCore
import Synchronization

/// Runs handlers in this process: as many slots as `concurrency`, each a task that takes one job after another.
///
/// A cancelled task stays cancelled, so a slot's task is replaced after a job was stopped; jobs that are not stopped (all
/// but a few) pay for no task of their own.
final class InProcessRunner: JobRunner {
    private let execution: JobExecution
    private let clock: EngineClock
    private let page: RunningPage
    private let state: Mutex<InProcessState>
    private let shared = Mutex(Shared())
    private let cancels: [Doorbell]
    private let bells: [Doorbell]
    private let kinds: [Kind]
    private let threads: HandlerThreads
    private let startedAt = WallClock.now()
    /// Rung when a job with a soft limit starts, so that nobody ticks for those without.
    private let limitBell = Doorbell()

    private struct Shared {
        var events: (any RunnerEvents)?
        var isDraining = false
        var jobsDone = 0
    }

    init(_ execution: JobExecution, concurrency: Int, incarnation: Incarnation) throws {
        self.execution = execution
        clock = execution.clock
        kinds = execution.handlers.kinds
        let slots = max(1, concurrency)
        threads = HandlerThreads(slots: slots)
        state = Mutex(InProcessState(slots: slots))
        cancels = (0..<slots).map { _ in Doorbell() }
        bells = (0..<slots).map { _ in Doorbell() }
        page = try RunningPage.create(at: "\(incarnation.path)/page-0", slots: slots)
    }

    /// No kinds before `run`: a settlement would have nowhere to go.
    var capacity: RunnerCapacity {
        let isRunning = shared.withLock { $0.events != nil }
        let lonely = state.withLock { $0.lonelySlots }
        return RunnerCapacity(kinds: isRunning ? kinds : [], slots: bells.count, lonelySlots: lonely)
    }

    var waiting: Int { state.withLock { $0.waitingCount } }

    func accept(_ jobs: [ClaimedJob]) {
        let free = state.withLock { state in
            state.accept(jobs)
            // As many as wait, not as came: a slot that was woken for an earlier job still looks free.
            return state.wakeable
        }
        for slot in free { bells[slot].ring() }
    }

    func running() -> [RunningJob] {
        let now = clock.now()
        return state.withLock { state in
            state.slots.compactMap { slot in
                slot.map { RunningJob(lease: $0.job.lease, kind: $0.job.kind, since: now - $0.startedAt) }
            }
        }
    }

    func stop(_ lease: Lease, because reason: StopReason) {
        let (found, wakeable) = state.withLock { state in
            let found = state.stop(lease, because: reason)
            // Others may have slept because a suspect waited; now it does not.
            return (found, found.waiting.map(state.mustRunAlone) == true ? state.wakeable : [])
        }
        for slot in wakeable { bells[slot].ring() }
        if let job = found.waiting { giveBack([job]) }
        if let slot = found.slot { cancels[slot].ring() }
    }

    func recall() { giveBack(state.withLock { $0.recall() }) }

    func recallPrefetched() { giveBack(state.withLock { $0.recall(suspects: false) }) }

    func drain() { shared.withLock { $0.isDraining = true } }

    func processes() -> [ProcessReport] {
        let running = running()
        return [
            ProcessReport(
                pid: getpid(), role: "in-process", generation: execution.identity.generation,
                release: execution.identity.release,
                state: shared.withLock { $0.isDraining } ? "draining" : running.isEmpty ? "idle" : "busy",
                jobs: running.map {
                    .init(id: $0.lease.job.description, kind: $0.kind.description, since: $0.since.wholeMicroseconds)
                },
                jobsDone: shared.withLock { $0.jobsDone }, residentBytes: 0, startedAt: startedAt.microseconds)
        ]
    }

    func run(_ events: any RunnerEvents) async throws {
        shared.withLock { $0.events = events }
        // The worker owns this runner: to know it for longer would keep both for ever.
        defer { shared.withLock { $0.events = nil } }
        events.capacityChanged()
        // A handler that ignores its cancellation cannot be ended without the process; it must not hold up the service.
        // At the end of a drain it has had its time.
        await Shield.run(untilCancelledAnd: { if !self.isDraining { try? await self.clock.sleep(.seconds(1)) } }) {
            await self.keepSlots()
        }
    }

    // MARK: Slots

    private func keepSlots() async {
        await withTaskGroup(of: Void.self) { group in
            for slot in bells.indices { group.addTask { await self.keepSlot(slot) } }
            group.addTask { await self.watchSoftLimits() }
        }
    }

    private func keepSlot(_ slot: Int) async {
        while !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: self.threads) { await self.work(slot) }
                group.addTask { await self.waitForStop(slot) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    /// Returns when the job that is in the slot now is to be stopped; a ring for one that has ended since means nothing.
    private func waitForStop(_ slot: Int) async {
        while !Task.isCancelled {
            await cancels[slot].wait()
            if state.withLock({ $0.slots[slot]?.stopReason != nil }) { return }
        }
    }

    /// One job after another, until one was stopped: its cancellation may still be on its way to this task, and must not
    /// meet the next job.
    private func work(_ slot: Int) async {
        while !Task.isCancelled {
            guard let job = next(slot) else {
                await bells[slot].wait()
                continue
            }
            page.set(slot, job: job.lease.job, attempt: job.lease.attempt)
            let settlement = await execution.run(job, link: self) {
                self.state.withLock { $0.slots[slot]?.stopReason }
            }
            page.clear(slot)
            let wasStopped = finish(slot, settlement)
            if wasStopped { return }
        }
    }

    private func next(_ slot: Int) -> ClaimedJob? {
        let now = clock.now()
        let (job, isLimited) = state.withLock { state in
            let job = state.start(in: slot, now: now) { job in
                job.limits.soft ?? execution.handlers[job.kind]?.options.limits.soft
            }
            return (job, state.slots[slot]?.softLimit != nil)
        }
        if isLimited { limitBell.ring() }
        return job
    }

    /// Frees the slot and hands in the settlement; answers whether the job had been stopped.
    private func finish(_ slot: Int, _ settlement: Settlement) -> Bool {
        let (ended, wakeable) = state.withLock { state in
            let ended = state.end(slot)
            // This slot looks for its next job itself; the others slept only while a suspect was alone.
            return (ended, ended.map { state.mustRunAlone($0.job) } == true ? state.wakeable : [])
        }
        for other in wakeable { bells[other].ring() }
        let events = shared.withLock { shared in
            shared.jobsDone += 1
            return shared.events
        }
        events?.finished([settlement])
        return ended?.stopReason != nil
    }

    private func giveBack(_ jobs: [ClaimedJob]) {
        guard !jobs.isEmpty else { return }
        let report = execution.identity.report(ran: .zero)
        shared.withLock { $0.events }?.finished(jobs.map { Settlement($0.lease, .returned, report: report) })
    }

    /// Looks at the slots each 50 ms while a job with a soft limit runs, and sleeps otherwise.
    private func watchSoftLimits() async {
        while !Task.isCancelled {
            let limited = state.withLock { $0.slots.contains { $0?.softLimit != nil } }
            if limited {
                try? await clock.sleep(.milliseconds(50))
            } else {
                await limitBell.wait()
            }
            let now = clock.now()
            for over in state.withLock({ $0.overSoftLimit(now: now) }) {
                stop(over.lease, because: .softLimit(over.limit))
            }
        }
    }
}

extension InProcessRunner: JobLink {
    var isDraining: Bool { shared.withLock { $0.isDraining } }

    func report(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?) {
        shared.withLock { $0.events }?.reported(lease, progress: progress, checkpoint: checkpoint)
    }
}
