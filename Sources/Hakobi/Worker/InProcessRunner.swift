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
        let slots = max(1, concurrency)
        state = Mutex(InProcessState(slots: slots))
        cancels = (0..<slots).map { _ in Doorbell() }
        bells = (0..<slots).map { _ in Doorbell() }
        page = try RunningPage.create(at: "\(incarnation.path)/page-0", slots: slots)
    }

    var capacity: RunnerCapacity {
        let lonely = state.withLock { $0.lonelySlots }
        return RunnerCapacity(kinds: execution.handlers.kinds, slots: bells.count, lonelySlots: lonely)
    }

    var waiting: Int { state.withLock { $0.waitingCount } }

    func accept(_ jobs: [ClaimedJob]) {
        let free = state.withLock { state in
            state.accept(jobs)
            return state.slots.indices.filter { state.slots[$0] == nil }.prefix(jobs.count)
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
        let found = state.withLock { $0.stop(lease, because: reason) }
        if let job = found.waiting { giveBack([job]) }
        if let slot = found.slot { cancels[slot].ring() }
    }

    func recall() { giveBack(state.withLock { $0.recall() }) }

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
                jobsDone: shared.withLock { $0.jobsDone }, residentBytes: ProcessMemory.resident(),
                startedAt: startedAt.microseconds)
        ]
    }

    func run(_ events: any RunnerEvents) async throws {
        shared.withLock { $0.events = events }
        events.capacityChanged()
        await withTaskGroup(of: Void.self) { group in
            for slot in bells.indices { group.addTask { await self.keepSlot(slot) } }
            group.addTask { await self.watchSoftLimits() }
        }
    }

    // MARK: Slots

    private func keepSlot(_ slot: Int) async {
        while !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.work(slot) }
                group.addTask { await self.cancels[slot].wait() }
                await group.next()
                group.cancelAll()
            }
        }
    }

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
            finish(slot, settlement)
        }
    }

    private func next(_ slot: Int) -> ClaimedJob? {
        let now = clock.now()
        let job = state.withLock { state in
            state.start(in: slot, now: now) { job in
                job.limits.soft ?? execution.handlers[job.kind]?.options.limits.soft
            }
        }
        if let job, job.limits.soft ?? execution.handlers[job.kind]?.options.limits.soft != nil { limitBell.ring() }
        return job
    }

    private func finish(_ slot: Int, _ settlement: Settlement) {
        let wake = state.withLock { state -> Bool in
            let wasAlone = state.slots[slot]?.job.isSuspect == true
            state.end(slot)
            return wasAlone || state.occupied == 0
        }
        // A suspect that ended, or one that waited to be alone, concerns the other slots.
        if wake { for (other, bell) in bells.enumerated() where other != slot { bell.ring() } }
        let events = shared.withLock { shared in
            shared.jobsDone += 1
            return shared.events
        }
        events?.finished([settlement])
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

/// Memory of a process as the kernel counts it.
package enum ProcessMemory {
    /// Resident bytes of a process (this one, unless told otherwise); 0 when it is gone.
    package static func resident(of pid: Int32? = nil) -> Int64 {
        let file = open(pid.map { "/proc/\($0)/statm" } ?? "/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = read(file, &buffer, 128)
        let fields = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
