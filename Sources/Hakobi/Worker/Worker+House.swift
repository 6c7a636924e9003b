import HakobiCore
import Synchronization

/// The housekeeper: rescue of the dead, retention, and a word to the registry. Every host may do all of it at any time.
extension Worker {
    func keepHouse() async {
        var told: Set<Kind> = []
        var backlog = BacklogWatch(interval: settings.backlogAlarm)
        let rhythm = HouseRhythm(lease: settings.shortestLease)
        var soon = Duration.milliseconds(50)
        while true {
            await rescueTheDead()
            await prune()
            await lookAtQueues(&told, &backlog)
            sweepTemporaryDirectories()
            // A service that died just before this one began may have children that are still leaving: what they hold
            // is given back when they have left, not a quarter of a minute later.
            while soon < rhythm.interval * 0.8 {
                guard (try? await clock.sleep(soon)) != nil else { return }
                await rescueTheDead()
                soon *= 2
            }
            for look in 1...rhythm.looks {
                guard (try? await clock.sleep(rhythm.pause())) != nil else { return }
                if look < rhythm.looks { await rescueTheDead() }
            }
        }
    }

    /// Gives back what dead incarnations of this host held (at once), and what anybody's lease ran out on.
    func rescueTheDead() async {
        await attempt {
            for owner in try await self.deadOwners() {
                let running = self.incarnation.runningJobs(of: owner)
                if await self.rescueAll(.owner(owner, running: running)) {
                    try await self.roles.registry?.retire(owner)
                    self.incarnation.forget(owner)
                }
            }
            _ = await self.rescueAll(.expired)
        }
    }

    private func deadOwners() async throws(StoreError) -> [Owner] {
        guard let registry = roles.registry else { return [] }
        return try await registry.owners().filter { $0 != incarnation.owner && incarnation.isDead($0) }
    }

    private func rescueAll(_ scope: Rescue.Scope) async -> Bool {
        do throws(StoreError) {
            try await revoke(scope)
            return true
        } catch {
            observer.trouble(error, retryIn: .seconds(15))
            return false
        }
    }

    func revoke(_ scope: Rescue.Scope) async throws(StoreError) {
        let request = Rescue(scope, crashBudget: settings.crashBudget)
        while true {
            let jobs = try await roles.store.rescue(request)
            for job in jobs { observer.rescued(job) }
            if !jobs.isEmpty {
                state.withLock { $0.ticked() }
                claimBell.ring()
            }
            if jobs.count < request.limit { return }
        }
    }

    /// Small deletes with a breath between, so that nobody waits long behind one.
    private func prune() async {
        guard let editor = roles.editor else { return }
        await attempt {
            var total = 0
            while !Task.isCancelled {
                let count = try await editor.prune(self.settings.retention, limit: 500)
                total += count
                guard count > 0 else { break }
                try? await self.clock.sleep(.milliseconds(20))
            }
            if total > 0 { self.observer.pruned(total) }
        }
    }

    private func sweepTemporaryDirectories() {
        let count = TemporaryDirectory.sweep(settings.temporaryRoot)
        if count > 0 { observer.swept(count) }
    }

    /// One count of what waits serves all that is told of it.
    private func lookAtQueues(_ told: inout Set<Kind>, _ backlog: inout BacklogWatch) async {
        guard let reader = roles.reader else { return }
        let served = Set(settings.queues.map(\.queue))
        await attempt {
            let lanes = try await reader.stats().lanes.filter { served.isEmpty || served.contains($0.queue) }
            self.lookForUnhandled(in: lanes, &told)
            self.lookForGrowth(in: lanes, &backlog)
        }
    }

    /// Unknown kinds stay in the queue, uncounted; somebody must be told, once for each change.
    private func lookForUnhandled(in lanes: [StoreStats.Lane], _ told: inout Set<Kind>) {
        let known = Set(runner.capacity.kinds)
        guard !known.isEmpty else { return }
        let unhandled = Set(lanes.filter { $0.ready > 0 && !known.contains($0.kind) }.map(\.kind))
        if !unhandled.isSubset(of: told) { observer.unhandled(unhandled) }
        told = unhandled
    }

    private func lookForGrowth(in lanes: [StoreStats.Lane], _ backlog: inout BacklogWatch) {
        let depths = BacklogWatch.depths(of: lanes)
        let growths = backlog.look(depths, now: clock.now())
        let advice = BacklogWatch.advice(busy: runner.running().count, slots: runner.capacity.slots)
        observer.backlogs(depths, growths, interval: settings.backlogAlarm, advice: advice)
    }

    /// Tells the registry what is going on: within a second of a change, and each 10 s in any case.
    func keepPresence() async {
        var last: (news: WorkerReport, at: Duration)?
        repeat {
            let report = presence()
            if last?.news != report.news || clock.now() - (last?.at ?? .zero) >= .seconds(10) {
                await tell(report.measured)
                last = (report.news, clock.now())
            }
        } while (try? await clock.sleep(.seconds(1))) != nil
    }

    private func presence() -> WorkerReport {
        let capacity = runner.capacity
        return WorkerReport(
            owner: incarnation.owner, queues: settings.queues.map(\.queue), kinds: capacity.kinds,
            slots: capacity.slots, isQuiet: state.withLock { $0.isQuiet || $0.isDraining },
            processes: runner.processes())
    }

    private func tell(_ report: WorkerReport) async {
        guard let registry = roles.registry else { return }
        await attempt { try await registry.report(report) }
    }

    func retire() async {
        // Who leaves leases behind stays known: the next life on this host finds its lock free and gives its jobs back.
        guard state.withLock({ $0.leavesNothing }) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sayGoodbye() }
            group.addTask { try? await self.clock.sleep(Self.farewell) }
            await group.next()
            group.cancelAll()
        }
        incarnation.end()
    }

    private func sayGoodbye() async {
        guard let registry = roles.registry else { return }
        await attempt { try await registry.retire(self.incarnation.owner) }
    }

    /// Housekeeping that fails is said and left for the next round.
    private func attempt(_ body: () async throws -> Void) async {
        do { try await body() } catch let error as StoreError {
            if error.reason != .cancelled { observer.trouble(error, retryIn: .seconds(15)) }
        } catch {
            observer.unexpected(error)
        }
    }
}

extension WorkerReport {
    /// With what each process has resident now, and the programs of its handlers with it. Read only when it is told: a
    /// look at all threads of all processes is too much for each second. A supervisor has no handlers; what it started
    /// has lines of its own.
    fileprivate var measured: WorkerReport {
        var measured = self
        for (index, process) in processes.enumerated() {
            measured.processes[index].residentBytes =
                process.role == "supervisor"
                ? ProcessMemory.resident(of: process.pid) : ProcessMemory.residentWithPrograms(of: process.pid)
        }
        return measured
    }

    /// What is worth telling at once: not how many jobs or how long.
    fileprivate var news: WorkerReport {
        var news = self
        for index in news.processes.indices {
            news.processes[index].jobsDone = 0
            for job in news.processes[index].jobs.indices { news.processes[index].jobs[job].since = 0 }
        }
        return news
    }
}
