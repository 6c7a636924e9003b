import Hakobi
import HakobiCore
import Testing

@testable import HakobiPrefork

/// A state with children that said hello, and what it wants done, as values.
struct Desk {
    var state: PipeState
    var settlements: [Settlement] = []
    var given: [Int: [Assignment]] = [:]
    var others: [PipeAction] = []

    init(
        concurrency: Int = 1, children: Int = 1, kinds: [String] = ["a"],
        _ change: (inout PipeSettings) -> Void = { _ in }
    )
        throws
    {
        var settings = PipeSettings(host: "h", concurrency: concurrency)
        change(&settings)
        state = PipeState(settings)
        for serial in 1...children { try join(process(serial), kinds: kinds) }
    }

    mutating func join(_ process: WorkerProcess, kinds: [String] = ["a"], hard: Duration? = nil) throws {
        state.spawned(process, at: Timestamp(microseconds: 0))
        let offers = try kinds.map { Hello.Offer(kind: try Kind($0), limits: TimeLimits(hard: hard)) }
        state.heard(.hello(Hello(pid: process.pid, release: "r", offers: offers)), from: process.serial)
        settle()
    }

    /// One round.
    mutating func settle() {
        others = []
        for action in state.takeActions() {
            switch action {
            case .settle(let settlements): self.settlements += settlements
            case .jobs(let serial, let jobs): given[serial, default: []] += jobs
            default: others.append(action)
            }
        }
    }

    mutating func accept(_ jobs: [ClaimedJob]) {
        state.accept(jobs)
        settle()
    }

    /// A child ends the first job it was given and has not ended.
    mutating func end(in serial: Int, ran: Duration = .milliseconds(10), _ outcome: Outcome = .completed(result: nil)) {
        guard let ticket = given[serial]?.first?.ticket else { return }
        given[serial]?.removeFirst()
        state.heard(.outcomes([TicketOutcome(ticket: ticket, outcome: outcome, ran: ran)]), from: serial)
        settle()
    }

    mutating func die(
        _ serial: Int, running: [ClaimedJob], _ kind: ExitKind = .unasked, signal: Int32 = 11, begun: Ticket = 0
    ) {
        state.exited(
            serial, cause: CauseOfDeath(signal: signal), kind: kind,
            page: running.map { .init(job: $0.lease.job, attempt: $0.lease.attempt, startedAt: state.now) },
            begun: begun)
        settle()
    }

    mutating func advance(_ duration: Duration, running: [Int: [ClaimedJob]] = [:]) {
        let started = state.now
        state.now += duration
        state.tick { serial in
            (running[serial] ?? []).map { .init(job: $0.lease.job, attempt: $0.lease.attempt, startedAt: started) }
        }
        settle()
    }

    func outcome(_ job: ClaimedJob) -> Outcome? { settlements.first { $0.lease == job.lease }?.outcome }
    func given(_ serial: Int) -> [ClaimedJob] { given[serial, default: []].map(\.job) }

    var kills: [(serial: Int, why: String)] {
        others.compactMap { if case .kill(let serial, _, let why) = $0 { (serial, why) } else { nil } }
    }
    var recalls: [Int] { others.compactMap { if case .recall(let serial) = $0 { serial } else { nil } } }
    var closes: [Int] { others.compactMap { if case .close(let serial) = $0 { serial } else { nil } } }
}

@Suite struct PipeStateTests {
    @Test func aFreeSlotGetsOneJobAndTheRestWaits() throws {
        var desk = try Desk(children: 2)
        let jobs = try (0..<5).map { _ in try job("a") }
        desk.accept(jobs)
        #expect(desk.given(1).count == 1 && desk.given(2).count == 1)
        #expect(desk.state.waitingCount == 3)
        desk.end(in: 1)
        #expect(desk.given(1) == [jobs[2]])
        #expect(desk.outcome(desk.settlements[0].lease == jobs[0].lease ? jobs[0] : jobs[1]) == .completed(result: nil))
    }

    @Test func nothingIsGivenAheadUntilJobsAreKnownToBeFast() throws {
        var desk = try Desk()
        desk.accept(try (0..<1000).map { _ in try job("a") })
        #expect(desk.given(1).count == 1)
        desk.end(in: 1, ran: .microseconds(2))
        #expect(desk.given(1).count == 257)
        // One slow job, and only the free slot is fed.
        desk.end(in: 1, ran: .seconds(1))
        for _ in 0..<256 { desk.end(in: 1, ran: .milliseconds(20)) }
        #expect(desk.given(1).count == 1)
    }

    @Test func largeJobsAreNotGivenAhead() throws {
        var desk = try Desk { $0.readAheadBytes = 1000 }
        desk.accept([try job("a")])
        desk.end(in: 1, ran: .microseconds(2))
        desk.accept(try (0..<10).map { _ in try job("a", String(repeating: "x", count: 600)) })
        #expect(desk.given(1).count == 2)
    }

    @Test func aJobLimitIsNeverPassed() throws {
        var desk = try Desk(children: 1)
        try desk.join(process(7, jobLimit: 3))
        desk.die(1, running: [])
        desk.accept([try job("a")])
        desk.end(in: 7, ran: .zero)
        desk.accept(try (0..<10).map { _ in try job("a") })
        #expect(desk.given(7).count == 2)
        #expect(desk.state.waitingCount >= 8)
    }

    @Test func aJobGoesOnlyWhereItsKindIsKnown() throws {
        var desk = try Desk(children: 1, kinds: ["a"])
        try desk.join(process(2), kinds: ["b"])
        let strange = try job("c")
        let fitting = try job("b")
        #expect(desk.state.capacity.kinds.map(\.description) == ["a", "b"])
        desk.accept([strange, fitting])
        #expect(desk.given(2) == [fitting])
        #expect(desk.outcome(strange) == nil)
        // When the roster changes and still nobody knows it, it goes back to the store.
        try desk.join(process(3), kinds: ["a"])
        #expect(desk.outcome(strange) == .returned)
    }

    @Test func newerGenerationsComeFirst() throws {
        var desk = try Desk(children: 1)
        try desk.join(process(2, generation: 2))
        let first = try job("a")
        desk.accept([first])
        #expect(desk.given(2) == [first])
        let second = try job("a")
        desk.accept([second])
        #expect(desk.given(1) == [second])
    }

    @Test func aRetiringChildFinishesAndIsClosed() throws {
        var desk = try Desk(children: 2)
        let jobs = try (0..<2).map { _ in try job("a") }
        desk.accept(jobs)
        desk.state.retire(1)
        desk.settle()
        #expect(desk.closes.isEmpty)
        #expect(desk.state.capacity.slots == 1)
        // What it has not started comes back, and goes to others.
        #expect(desk.recalls == [1])
        desk.state.heard(.returned([]), from: 1)
        desk.end(in: 1)
        #expect(desk.closes == [1])
        desk.accept([try job("a")])
        #expect(desk.given(1).isEmpty)
    }

    @Test func jobsStuckBehindASlowOneAreTakenBack() throws {
        var desk = try Desk(children: 2)
        desk.accept([try job("a")])
        desk.end(in: 1, ran: .zero)
        desk.end(in: 2, ran: .zero)
        let jobs = try (0..<20).map { _ in try job("a") }
        desk.accept(jobs)
        let slow = desk.given(1)[0]
        let waiting = desk.given[1, default: []].dropFirst().map(\.ticket)
        while desk.given[2]?.isEmpty == false { desk.end(in: 2, ran: .zero) }
        desk.advance(.milliseconds(60), running: [1: [slow]])
        #expect(desk.recalls == [1])
        desk.state.heard(.returned(waiting), from: 1)
        desk.settle()
        // Nothing is lost, nothing is charged, and order is kept.
        #expect(desk.given(2).first == jobs.first { job in job != slow && desk.outcome(job) == nil })
        #expect(!desk.settlements.contains { $0.outcome != .completed(result: nil) })
    }

    @Test func whoeverDoesNotAnswerARecallIsEnded() throws {
        var desk = try Desk()
        desk.accept([try job("a")])
        desk.advance(.milliseconds(60))
        #expect(desk.recalls == [1])
        desk.advance(.seconds(59))
        #expect(desk.kills.isEmpty)
        desk.advance(.seconds(2))
        #expect(desk.kills.map(\.serial) == [1])
    }

    @Test func theRunnersRecallGivesBackAll() throws {
        var desk = try Desk()
        let jobs = try (0..<3).map { _ in try job("a") } + [try job("a", suspect: true)]
        desk.accept(jobs)
        desk.state.recall()
        desk.settle()
        #expect(jobs.dropFirst().map(desk.outcome) == [.returned, .returned, .returned])
        #expect(desk.recalls == [1])
        desk.state.heard(.returned(desk.given[1, default: []].map(\.ticket)), from: 1)
        desk.settle()
        #expect(desk.outcome(jobs[0]) == .returned)
        #expect(desk.state.isEmpty)
    }

    @Test func aStopReachesWaitingGivenAndNobody() throws {
        var desk = try Desk()
        let jobs = try (0..<3).map { _ in try job("a") }
        desk.accept(jobs)
        desk.state.stop(jobs[1].lease, because: .cancelRequested)
        desk.state.stop(jobs[2].lease, because: .drained)
        desk.state.stop(jobs[0].lease, because: .cancelRequested)
        desk.state.stop(jobs[0].lease, because: .drained)
        desk.settle()
        #expect(desk.outcome(jobs[1]) == .cancelled(reason: "cancel requested"))
        #expect(desk.outcome(jobs[2]) == .returned)
        let cancels = desk.others.filter { if case .cancel = $0 { true } else { false } }
        #expect(cancels.count == 1)
    }

    @Test func childrenThatTalkNonsenseAreEnded() throws {
        var desk = try Desk()
        desk.state.heard(.hello(Hello(pid: 1, release: "r", offers: [])), from: 1)
        desk.settle()
        #expect(desk.kills.map(\.serial) == [1])
        desk.state.spawned(process(2), at: Timestamp(microseconds: 0))
        desk.state.heard(.outcomes([]), from: 2)
        desk.settle()
        #expect(desk.kills.map(\.serial) == [2])
        // An outcome for a ticket that is not out settles nothing.
        try desk.join(process(3))
        desk.state.heard(.outcomes([TicketOutcome(ticket: 99, outcome: .completed(result: nil), ran: .zero)]), from: 3)
        desk.settle()
        #expect(desk.settlements.isEmpty)
    }
}
