import Hakobi
import HakobiCore
import Testing

@testable import HakobiPrefork

/// What a death is charged to, case by case.
@Suite struct VerdictTests {
    @Test func aloneIsCharged() throws {
        var desk = try Desk(children: 2)
        let job = try job("a")
        desk.accept([job])
        let serial = desk.given(1).isEmpty ? 2 : 1
        desk.die(serial, running: [job])
        #expect(
            desk.outcome(job)
                == .crashed(
                    CauseOfDeath(signal: 11), error: "the worker process was ended by SIGSEGV while running this job",
                    budget: 2))
    }

    @Test func ofSeveralEachIsSuspected() throws {
        var desk = try Desk(concurrency: 2)
        let jobs = try (0..<3).map { _ in try job("a") }
        desk.accept(jobs)
        desk.die(1, running: Array(jobs[0..<2]))
        for job in jobs[0..<2] {
            guard case .suspected(_, let error) = desk.outcome(job) else { throw Unexpected(desk.outcome(job)) }
            #expect(error.hasSuffix("while running 2 jobs, this one among them"))
        }
        #expect(desk.outcome(jobs[2]) == nil)
    }

    @Test func whatEndedUntoldIsANewAttemptAndNoSecondRunOfThisOne() throws {
        var desk = try Desk(concurrency: 2)
        let jobs = try (0..<2).map { _ in try job("a") }
        desk.accept(jobs)
        let begun = try #require(desk.given[1]?.first?.ticket)
        desk.die(1, running: [], begun: begun)
        guard case .interrupted = desk.outcome(jobs[0]) else { throw Unexpected(desk.outcome(jobs[0])) }
        #expect(desk.outcome(jobs[1]) == nil)
    }

    @Test func aJobThatEndedAProcessOnceRunsAloneNext() throws {
        var desk = try Desk(concurrency: 2)
        var culprit = try job("a")
        culprit.crashes = 1
        desk.accept([culprit, try job("a")])
        #expect(desk.given(1).count == 1 && desk.given(1) != [culprit])
    }

    @Test func theUnstartedGoToTheFrontOfTheLineSilently() throws {
        var desk = try Desk(concurrency: 2)
        let jobs = try (0..<3).map { _ in try job("a") }
        desk.accept(jobs)
        desk.die(1, running: [])
        #expect(desk.settlements.isEmpty)
        desk.given = [:]
        try desk.join(process(2))
        #expect(desk.given(2) == Array(jobs[0..<2]))
    }

    @Test func aJobThatKillsBeforeItStartsDoesNotGoRoundForEver() throws {
        var desk = try Desk()
        let job = try job("a")
        desk.accept([job])
        for serial in 1...3 {
            desk.die(serial, running: [])
            try desk.join(process(serial + 1))
        }
        guard case .suspected = desk.outcome(job) else { throw Unexpected(desk.outcome(job)) }
    }

    @Test func hardLimits() throws {
        var desk = try Desk(concurrency: 2)
        let guilty = try job("a", limits: TimeLimits(hard: .seconds(1)), maxFailures: 1)
        let neighbour = try job("a")
        desk.accept([guilty, neighbour])
        desk.advance(.milliseconds(900), running: [1: [guilty, neighbour]])
        #expect(desk.kills.isEmpty)
        #expect(desk.state.nextTick == .seconds(1))
        desk.advance(.milliseconds(100))
        #expect(desk.kills.map(\.serial) == [1])
        desk.die(1, running: [guilty, neighbour], .killed(because: ""), signal: 9)
        #expect(
            desk.outcome(guilty)
                == .failed(error: "hard time limit of 1.0 seconds passed: its process was ended", .never))
        guard case .interrupted = desk.outcome(neighbour) else { throw Unexpected(desk.outcome(neighbour)) }
    }

    @Test func theKindsLimitAndTheHousesApply() throws {
        var desk = try Desk(children: 1) { $0.hardLimit = .seconds(100) }
        let first = try job("a")
        desk.accept([first])
        desk.advance(.milliseconds(50), running: [1: [first]])
        #expect(desk.state.nextTick == .seconds(100))
        try desk.join(process(2, generation: 2), hard: .seconds(7))
        let second = try job("a")
        desk.accept([second])
        desk.advance(.milliseconds(50), running: [2: [second]])
        #expect(desk.state.nextTick == .milliseconds(50) + .seconds(7))
    }

    @Test func aHangBesideABusySlotIsSeen() throws {
        var desk = try Desk(concurrency: 2) { $0.hardLimit = .seconds(10) }
        let hang = try job("a")
        desk.accept([hang])
        for _ in 0..<400 {
            let short = try job("a")
            desk.accept([short])
            desk.advance(.milliseconds(30), running: [1: [hang, short]])
            desk.given[1]?.removeAll { $0.job == hang }
            desk.end(in: 1, ran: .milliseconds(1))
        }
        #expect(desk.state.children[1]?.isDoomed == true)
    }

    @Test func whatADrainCutsIsInterrupted() throws {
        var desk = try Desk(concurrency: 2)
        let jobs = try (0..<2).map { _ in try job("a") }
        desk.accept(jobs)
        desk.state.drain()
        desk.die(1, running: jobs, .graceOver, signal: 9)
        for job in jobs {
            guard case .interrupted = desk.outcome(job) else { throw Unexpected(desk.outcome(job)) }
        }
    }

    @Test func whatWasToldToStopIsInterruptedByItsDeath() throws {
        var desk = try Desk()
        let job = try job("a")
        desk.accept([job])
        desk.state.stop(job.lease, because: .drained)
        desk.die(1, running: [job], signal: 9)
        guard case .interrupted = desk.outcome(job) else { throw Unexpected(desk.outcome(job)) }
    }

    @Test func aCrashDuringADrainIsACrash() throws {
        var desk = try Desk()
        let job = try job("a")
        desk.accept([job])
        desk.state.drain()
        desk.die(1, running: [job])
        guard case .crashed = desk.outcome(job) else { throw Unexpected(desk.outcome(job)) }
    }

    @Test func suspectsRunAloneAndOneAtATime() throws {
        var desk = try Desk(children: 2)
        let suspects = try (0..<2).map { _ in try job("a", suspect: true) }
        #expect(desk.state.capacity.lonelySlots == 1)
        desk.accept(suspects)
        #expect(desk.given.isEmpty)
        #expect(desk.state.capacity.lonelySlots == 0)
        guard desk.others.contains(where: { if case .wantLonely(1) = $0 { true } else { false } }) else {
            throw Unexpected(nil)
        }
        try desk.join(process(9, lonely: true))
        #expect(desk.given(9) == [suspects[0]])
        // Ordinary jobs never go there.
        desk.accept(try (0..<9).map { _ in try job("a") })
        #expect(desk.given(9).count == 1)
        desk.end(in: 9)
        guard desk.others.contains(where: { if case .retire(9) = $0 { true } else { false } }) else {
            throw Unexpected(nil)
        }
        // The second one waits for a process that has run nothing.
        #expect(desk.given(9).isEmpty)
        try desk.join(process(10, lonely: true))
        #expect(desk.given(10) == [suspects[1]])
    }

    @Test func anEndLeavesNobodyBehind() throws {
        var desk = try Desk()
        let jobs = try (0..<3).map { _ in try job("a") }
        desk.accept(jobs)
        desk.state.close()
        desk.settle()
        #expect(jobs.dropFirst().map(desk.outcome) == [.returned, .returned])
        #expect(!desk.state.isEmpty)
        desk.state.giveUp()
        desk.settle()
        guard case .interrupted = desk.outcome(jobs[0]) else { throw Unexpected(desk.outcome(jobs[0])) }
        #expect(desk.state.isEmpty && desk.kills.map(\.serial) == [1])
        let late = try job("a")
        desk.accept([late])
        #expect(desk.outcome(late) == .returned)
    }
}
