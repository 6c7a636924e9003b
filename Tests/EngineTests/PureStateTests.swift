import Testing

@testable import Hakobi

private let owner = Owner(node: "here", boot: "b", incarnation: "i")

private func claimed(
    _ number: UInt64, attempt: Int = 1, queue: QueueName = .default, isSuspect: Bool = false, crashes: Int = 0
) throws -> ClaimedJob {
    ClaimedJob(
        lease: Lease(job: JobID(high: 1, low: number), row: Int64(number), attempt: attempt, owner: owner),
        kind: try Kind("greet"), queue: queue, payload: Payload([]), priority: 5, failures: 0, crashes: crashes,
        maxFailures: 10, limits: TimeLimits(), metadata: [:], checkpoint: nil, isSuspect: isSuspect,
        createdAt: Timestamp(microseconds: 0), dueAt: Timestamp(microseconds: 0), claimedAt: Timestamp(microseconds: 0))
}

private func end(_ job: ClaimedJob, _ outcome: Outcome = .completed(result: nil), ran: Duration = .zero) -> Settlement {
    Settlement(
        job.lease, outcome, report: AttemptReport(host: "", pid: 1, generation: 0, release: "", ran: ran))
}

struct PrefetchTests {
    @Test func takesNothingAheadBeforeItKnowsAndNothingForSlowJobs() throws {
        var prefetch = Prefetch(time: .milliseconds(100), limit: 1000)
        #expect(prefetch.jobs(slots: 4) == 0)
        prefetch.measured([end(try claimed(1), ran: .milliseconds(100))])
        #expect(prefetch.jobs(slots: 4) == 0)
    }

    @Test func takesTheMeasuredTimesWorthForEachSlotUpToTheLimit() throws {
        var prefetch = Prefetch(time: .milliseconds(100), limit: 1000)
        prefetch.measured([end(try claimed(1), ran: .milliseconds(10))])
        #expect(prefetch.jobs(slots: 4) == 40)
        var fast = Prefetch(time: .milliseconds(100), limit: 1000)
        fast.measured([end(try claimed(1), ran: .zero)])
        #expect(fast.jobs(slots: 4) == 1000)
    }

    @Test func forgetsAheadWhenJobsBecomeSlow() throws {
        var prefetch = Prefetch(time: .milliseconds(100), limit: 1000)
        prefetch.measured(try (0..<100).map { end(try claimed($0), ran: .microseconds(10)) })
        prefetch.measured([end(try claimed(1), ran: .seconds(1))])
        #expect(prefetch.jobs(slots: 4) == 0)
    }

    @Test func learnsNothingFromJobsThatNeverStarted() throws {
        var prefetch = Prefetch(time: .milliseconds(100), limit: 1000)
        prefetch.measured([end(try claimed(1), .returned)])
        #expect(prefetch.jobs(slots: 4) == 0)
    }
}

struct QueueSharesTests {
    @Test(arguments: [1, 2, 7, 100])
    func longRunSharesFollowTheWeights(slots: Int) throws {
        let (left, right) = (try QueueName("left"), try QueueName("right"))
        var shares = QueueShares([.init(left, weight: 3), .init(right, weight: 1)])
        var taken: [QueueName: Int] = [:]
        for _ in 0..<(4000 / slots) {
            guard case .listed(let parts) = shares.divide(slots) else { throw Oops() }
            #expect(parts.reduce(0) { $0 + $1.slots } <= slots)
            // Both queues are full: a demand brings the shares, and the rest in the same order.
            var jobs = try parts.flatMap { part in try (0..<part.slots).map { _ in try claimed(1, queue: part.queue) } }
            while jobs.count < slots { jobs.append(try claimed(1, queue: parts[0].queue)) }
            for job in jobs { taken[job.queue, default: 0] += 1 }
            shares.claimed(jobs)
        }
        let share = Double(taken[left] ?? 0) / Double(taken.values.reduce(0, +))
        #expect(abs(share - 0.75) < 0.05 * 0.75)
    }

    @Test func aQueueThatWasEmptyForLongDoesNotShutTheOthersOut() throws {
        let (left, right) = (try QueueName("left"), try QueueName("right"))
        var shares = QueueShares([.init(left), .init(right)])
        for _ in 0..<1000 {
            _ = shares.divide(10)
            shares.claimed(try (0..<10).map { _ in try claimed(1, queue: left) })
        }
        var fromLeft = 0
        for _ in 0..<10 {
            guard case .listed(let parts) = shares.divide(10) else { throw Oops() }
            fromLeft += parts.first { $0.queue == left }?.slots ?? 0
            shares.claimed(
                try parts.flatMap { part in try (0..<part.slots).map { _ in try claimed(1, queue: part.queue) } })
        }
        #expect(fromLeft >= 30)
    }

    @Test func noQueuesMeansAll() {
        var shares = QueueShares([])
        #expect(shares.divide(5) == .all)
    }
}

struct TroubleTests {
    @Test func pausesDoubleUpToTwoSeconds() {
        var trouble = Trouble()
        let pauses = (0..<9).map { _ in trouble.next() }
        #expect(pauses.prefix(3) == [.milliseconds(50), .milliseconds(100), .milliseconds(200)])
        #expect(pauses.last == .seconds(2))
    }

    @Test func isNewsAtFirstAndThenOnceInAWhile() {
        var trouble = Trouble()
        let news = (0..<30).map { trouble.isNews(at: .seconds($0)) }
        #expect(news.enumerated().filter(\.element).map(\.offset) == [0, 10, 20])
        let wasSpokenOf = trouble.over()
        let isSpokenOfStill = trouble.over()
        #expect(wasSpokenOf && !isSpokenOfStill)
    }
}

struct WorkerStateTests {
    private func state(_ change: (inout WorkerSettings) -> Void = { _ in }) -> WorkerState {
        var settings = WorkerSettings()
        change(&settings)
        return WorkerState(settings, owner: owner)
    }

    private func capacity(_ slots: Int = 4, lonely: Int = 1) throws -> RunnerCapacity {
        RunnerCapacity(kinds: [try Kind("greet")], slots: slots, lonelySlots: lonely)
    }

    private func claim(_ state: inout WorkerState, _ jobs: [ClaimedJob], slots: Int = 4) throws {
        let demand = try #require(state.demand(try capacity(slots)))
        state.claiming()
        state.claimed(jobs, by: demand, sentAt: .zero)
    }

    @Test func asksForEachFreeSlotWhileNothingIsKnownOfTheJobs() throws {
        var state = state()
        #expect(state.demand(try capacity())?.slots == 4)
        try claim(&state, try (0..<4).map { try claimed($0) })
        #expect(state.demand(try capacity()) == nil)
        state.finished([end(try claimed(0), ran: .seconds(5))])
        _ = state.takeFinished()
        #expect(state.demand(try capacity())?.slots == 1)
    }

    @Test func asksInBulkWhenHalfOfWhatIsTakenAheadIsUsedUp() throws {
        var state = state()
        try claim(&state, [try claimed(0), try claimed(1), try claimed(2), try claimed(3)])
        state.finished([end(try claimed(0))])
        _ = state.takeFinished()
        let bulk = try #require(state.demand(try capacity()))
        #expect(bulk.slots == 4 + 1000 - 3)
        state.claiming()
        state.claimed(try (10..<1011).map { try claimed($0) }, by: bulk, sentAt: .zero)
        state.finished(try (10..<400).map { end(try claimed($0)) })
        #expect(state.demand(try capacity()) == nil)
        state.finished(try (400..<600).map { end(try claimed($0)) })
        #expect(state.demand(try capacity())?.slots == 590)
    }

    @Test func asksNothingAfterAShortAnswerUntilAHintOrATick() throws {
        var state = state()
        try claim(&state, [])
        #expect(state.demand(try capacity()) == nil)
        state.hinted()
        #expect(state.demand(try capacity()) != nil)
        state.claiming()
        state.ticked()
        #expect(state.demand(try capacity()) != nil)
    }

    @Test func aHintThatComesWhileAClaimIsOnItsWayIsNotForgotten() throws {
        var state = state()
        let demand = try #require(state.demand(try capacity()))
        state.claiming()
        state.hinted()
        state.claimed([], by: demand, sentAt: .zero)
        #expect(state.demand(try capacity()) != nil)
    }

    @Test func asksNothingWhileQuietDrainingOrWithoutKinds() throws {
        var state = state()
        #expect(state.demand(RunnerCapacity(kinds: [], slots: 4, lonelySlots: 1)) == nil)
        state.setQuiet(true)
        #expect(state.demand(try capacity()) == nil)
        state.setQuiet(false)
        #expect(state.demand(try capacity()) != nil)
        state.drain(cutAt: .seconds(1), patience: .seconds(2))
        #expect(state.demand(try capacity()) == nil)
    }

    @Test func looksForTheNextSuspectWhenOneHasEnded() throws {
        var state = state()
        let suspect = try claimed(1, isSuspect: true)
        try claim(&state, [suspect])
        #expect(!state.isIdle && !state.mayHaveMore)
        state.finished([end(suspect)])
        _ = state.settled(end(suspect))
        #expect(!state.isIdle)
    }

    @Test func aJobClaimedAgainWhileItsLostAttemptStillRunsLeavesNoSlotTaken() throws {
        var state = state()
        let (lost, again) = (try claimed(1), try claimed(1, attempt: 2))
        try claim(&state, [lost])
        state.ticked()
        try claim(&state, [again])
        #expect(state.inHand == 2)
        state.finished([end(lost)])
        #expect(state.takeFinished().map(\.lease) == [lost.lease])
        _ = state.settled(end(lost))
        state.finished([end(again)])
        _ = state.settled(end(again))
        #expect(state.inHand == 0)
        #expect(state.isEmpty)
    }

    @Test func anAttemptIsHandedToTheSettlerOnce() throws {
        var state = state()
        try claim(&state, [try claimed(1)])
        state.finished([end(try claimed(1)), end(try claimed(1))])
        state.finished([end(try claimed(1), .returned), end(try claimed(2))])
        #expect(state.takeFinished() == [end(try claimed(1))])
        #expect(state.inHand == 0)
    }

    @Test func renewsAtAThirdOfTheLease() throws {
        var state = state { $0.lease = .seconds(60) }
        let job = try claimed(1)
        try claim(&state, [job])
        #expect(state.renewals(now: .seconds(19), running: []).isEmpty)
        let due = state.renewals(now: .seconds(20), running: [])
        #expect(due == [Renewal(job.lease, extend: .seconds(60))])
        state.renewed(due[0], sentAt: .seconds(20))
        #expect(state.renewals(now: .seconds(39), running: []).isEmpty)
        #expect(state.overdue(now: .seconds(79)).isEmpty)
        #expect(state.overdue(now: .seconds(80)) == [job.lease])
    }

    @Test func aKindsOwnLeaseIsWrittenAtOnceAndKeptFromThenOn() throws {
        let job = try claimed(1)
        var state = state {
            $0.lease = .seconds(60)
            $0.kindLeases = [job.kind: .seconds(600)]
        }
        try claim(&state, [job])
        #expect(state.overdue(now: .seconds(60)) == [job.lease], "the store knows of the usual one so far")
        let first = state.renewals(now: .zero, running: [])
        #expect(first == [Renewal(job.lease, extend: .seconds(600))])
        state.renewed(first[0], sentAt: .zero)
        #expect(state.renewals(now: .seconds(199), running: []).isEmpty)
        #expect(state.overdue(now: .seconds(599)).isEmpty)
        #expect(state.renewals(now: .seconds(200), running: []) == first)
    }

    @Test func newsTravelsOnceAndComesBackWhenNobodyAnswered() throws {
        var state = state()
        let job = try claimed(1)
        try claim(&state, [job])
        state.reported(job.lease, progress: Progress(done: 1), checkpoint: [1])
        let sent = state.renewals(now: .seconds(1), running: [])
        #expect(sent.map(\.checkpoint) == [[1]])
        #expect(state.renewals(now: .seconds(1), running: []).isEmpty)
        state.reported(job.lease, progress: Progress(done: 2), checkpoint: nil)
        state.unanswered(sent)
        let again = state.renewals(now: .seconds(1), running: [])
        #expect(again.map(\.progress) == [Progress(done: 2)])
        #expect(again.map(\.checkpoint) == [[1]])
    }

    @Test func aHintMakesItLookAtWhatRunsAtOnceElseAfterHalfASecond() throws {
        var state = state()
        let job = try claimed(1)
        try claim(&state, [job])
        func running(_ since: Duration) -> [RunningJob] { [RunningJob(lease: job.lease, kind: job.kind, since: since)] }
        #expect(state.renewals(now: .zero, running: running(.milliseconds(10))).isEmpty)
        #expect(state.renewals(now: .zero, running: running(.milliseconds(600))).count == 1)
        state.hinted()
        #expect(state.renewals(now: .zero, running: running(.milliseconds(10))).count == 1)
    }

    @Test func aSecondDrainMayBringTheEndForwardAndNeverPutsItOff() {
        var state = state()
        state.drain(cutAt: .seconds(10), patience: .seconds(2))
        state.drain(cutAt: .seconds(20), patience: .seconds(2))
        #expect(state.cutAt == .seconds(10))
        state.drain(cutAt: .seconds(5), patience: .seconds(2))
        #expect(state.cutAt == .seconds(5))
    }
}

struct InProcessStateTests {
    private func start(_ state: inout InProcessState, _ slot: Int, at now: Duration = .zero) -> JobID? {
        state.start(in: slot, now: now) { $0.limits.soft }?.lease.job
    }

    @Test func startsInOrderOfArrival() throws {
        var state = InProcessState(slots: 2)
        state.accept([try claimed(1), try claimed(2), try claimed(3)])
        #expect(start(&state, 0)?.low == 1)
        #expect(start(&state, 1)?.low == 2)
        #expect(state.waitingCount == 1)
        _ = state.end(0)
        #expect(start(&state, 0)?.low == 3)
    }

    @Test func wakesAsManySlotsAsJobsWaitHoweverTheyCame() throws {
        var state = InProcessState(slots: 4)
        state.accept([try claimed(1)])
        #expect(state.wakeable == [0])
        // Slot 0 has been woken and has not started yet; the second job needs another.
        state.accept([try claimed(2)])
        #expect(state.wakeable == [0, 1])
    }

    @Test func aSuspectRunsAloneAndOthersPassItForAWhileOnly() throws {
        var state = InProcessState(slots: 2, patience: .seconds(5))
        state.accept([try claimed(1)])
        #expect(start(&state, 0)?.low == 1)
        state.accept([try claimed(9, isSuspect: true), try claimed(2), try claimed(3)])
        #expect(state.lonelySlots == 0)
        #expect(start(&state, 1, at: .seconds(1))?.low == 2)
        _ = state.end(1)
        #expect(start(&state, 1, at: .seconds(6)) == nil)
        _ = state.end(0)
        #expect(start(&state, 1, at: .seconds(6))?.low == 9)
        #expect(start(&state, 0, at: .seconds(6)) == nil)
        #expect(state.lonelySlots == 0)
        _ = state.end(1)
        #expect(state.wakeable == [0])
        #expect(start(&state, 0, at: .seconds(6))?.low == 3)
        #expect(state.lonelySlots == 1)
    }

    @Test func whatHasEndedAProcessBeforeRunsAloneWhereOthersCouldRunBesideIt() throws {
        var state = InProcessState(slots: 2)
        state.accept([try claimed(1, crashes: 1), try claimed(2)])
        #expect(start(&state, 0)?.low == 1)
        #expect(start(&state, 1) == nil)
        #expect(state.end(0).map { state.mustRunAlone($0.job) } == true)
        #expect(start(&state, 1)?.low == 2)

        // With one slot everyone is alone, and nobody gives up a place in the line for it.
        state = InProcessState(slots: 1)
        state.accept([try claimed(1), try claimed(2, crashes: 1)])
        #expect(start(&state, 0)?.low == 1)
    }

    @Test func recallsWhatHasNotStartedAndKeepsASuspectsPlaceIfAsked() throws {
        var state = InProcessState(slots: 1)
        state.accept([try claimed(1), try claimed(2), try claimed(9, isSuspect: true)])
        _ = start(&state, 0)
        #expect(state.recall(suspects: false).map(\.lease.job.low) == [1, 2])
        state.accept([try claimed(3)])
        #expect(state.recall().map(\.lease.job.low) == [3])
        #expect(state.waitingCount == 0)
    }

    @Test func stopTakesAWaitingJobOutAndNotesTheReasonOfARunningOneOnce() throws {
        var state = InProcessState(slots: 1)
        let (running, waiting) = (try claimed(1), try claimed(2))
        state.accept([running, waiting])
        _ = start(&state, 0)
        #expect(state.stop(waiting.lease, because: .cancelRequested).waiting == waiting)
        #expect(state.stop(running.lease, because: .cancelRequested).slot == 0)
        #expect(state.stop(running.lease, because: .drained).slot == nil)
        #expect(state.end(0)?.stopReason == .cancelRequested)
        #expect(state.stop(running.lease, because: .drained).slot == nil)
    }

    @Test func softLimitsPassOnce() throws {
        var state = InProcessState(slots: 1)
        var job = try claimed(1)
        job.limits.soft = .seconds(2)
        state.accept([job])
        _ = start(&state, 0, at: .seconds(1))
        #expect(state.overSoftLimit(now: .seconds(2)).isEmpty)
        #expect(state.overSoftLimit(now: .seconds(3)).map(\.lease) == [job.lease])
        _ = state.stop(job.lease, because: .softLimit(.seconds(2)))
        #expect(state.overSoftLimit(now: .seconds(3)).isEmpty)
    }
}
