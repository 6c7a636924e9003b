import Glibc
import HakobiTestKit
import Testing

@testable import Hakobi

extension House {
    fileprivate func states(_ ids: [JobID]) async throws -> [JobState] {
        try await ids.asyncMap { try await record($0).state }
    }

    /// Rescues of what a claim without an answer took.
    fileprivate var looksForLostClaims: [Rescue] {
        recording.calls.compactMap {
            if case .rescue(let request, _) = $0, case .unanswered = request.scope { request } else { nil }
        }
    }
}

/// A store in trouble is tried again, spoken of once in a while, and costs nothing that was promised.
@Suite(.timeLimit(.minutes(1)))
struct StoreTroubleTests {
    private let house = House()

    private var handlers: Handlers {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in }
        return handlers
    }

    @Test func claimsAreTriedAgain() async throws {
        house.faulty.add(.fail(.before), to: .claim, calls: 1...4)
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        try await house.during(try house.worker(handlers)) {
            try await house.advance(upTo: .seconds(9), step: .milliseconds(100)) {
                try await house.record(id).state == .completed
            }
        }
        #expect(house.lines.with("in trouble").count == 1)
        #expect(house.lines.with("answers again").map { $0.metadata["operation"] } == ["claim"])
    }

    // MARK: Claims whose answers are lost

    @Test func whatWasClaimedWithoutAnAnswerGoesBackLongBeforeItsLeaseEnds() async throws {
        house.faulty.add(.fail(.after), to: .claim, calls: 1...1)
        let ids = try await house.client.enqueueAll(["Ada", "Grace"])
        try await house.during(try house.worker(handlers) { $0.concurrency = 2 }) {
            try await house.advance(upTo: .seconds(2), step: .milliseconds(100)) {
                try await house.states(ids) == [.completed, .completed]
            }
        }
        for id in ids {
            let record = try await house.record(id)
            #expect(record.attempt == 2 && record.failures == 0 && record.crashes == 0)
            #expect(record.history.map(\.outcome) == ["completed"])
        }
    }

    @Test func whatRunsIsNotGivenBackWithIt() async throws {
        let begun = Log()
        let release = Doorbell()
        var handlers = Handlers()
        handlers.on(Greet.self) { job, _ in
            begun.add(job.name)
            if job.name == "Ada" { await release.wait() }
        }
        house.faulty.add(.fail(.after), to: .claim, calls: 2...2)
        let running = try await house.client.enqueue(Greet(name: "Ada"))
        try await house.during(try house.worker(handlers) { $0.concurrency = 2 }) {
            await eventually { begun.all == ["Ada"] }
            let lost = try await house.client.enqueue(Greet(name: "Grace"))
            try await house.advance(upTo: .seconds(3), step: .milliseconds(100)) {
                try await house.record(lost).state == .completed
            }
            #expect(try await house.record(lost).attempt == 2)
            release.ring()
            try await house.advance(upTo: .seconds(2)) { try await house.record(running).state == .completed }
        }
        #expect(try await house.record(running).attempt == 1)
        #expect(begun.all == ["Ada", "Grace"])
    }

    @Test func aClaimThatTheServerDoesAfterItsConnectionEndedIsFoundToo() async throws {
        house.faulty.add(.fail(.after), to: .claim, calls: 1...1)
        let worker = try house.worker(handlers)
        try await house.during(worker) {
            try await house.advance(upTo: .seconds(2), step: .milliseconds(100)) { !house.looksForLostClaims.isEmpty }
            worker.setQuiet(true)
            let id = try await house.client.enqueue(Greet(name: "Ada"))
            let late = Demand(
                queues: .all, kinds: [try Kind("greet")], slots: 1, lonelySlots: 0, lease: .seconds(60),
                owner: worker.incarnation.owner)
            #expect(try await house.store.claim(late).count == 1)
            try await house.advance(upTo: .seconds(5), step: .milliseconds(100)) {
                try await house.record(id).state == .available
            }
        }
    }

    @Test func afterAClaimThatWasCertainlyNotDoneNothingIsLookedFor() async throws {
        house.faulty.add(.fail(.before), to: .claim, calls: 1...2)
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        try await house.during(try house.worker(handlers)) {
            try await house.advance(upTo: .seconds(2), step: .milliseconds(100)) {
                try await house.record(id).state == .completed
            }
        }
        #expect(house.looksForLostClaims.isEmpty)
    }

    @Test func whoLeavesBeforeItCouldLookLeavesItsLockForTheNextLifeToFind() async throws {
        house.faulty.add(.fail(.after), to: .claim)
        house.faulty.add(.fail(.before), to: .rescue)
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers)
        try await house.during(worker) { await eventually { house.faulty.calls(of: .claim) > 0 } }
        house.faulty.heal()
        #expect(try await house.record(id).state == .running)
        #expect(access(worker.incarnation.path, F_OK) == 0)
    }

    @Test func settlesAreTriedAgainAndWrittenOnceAlthoughTheAnswerWasLost() async throws {
        house.faulty.add(.fail(.before), to: .settle, calls: 1...2)
        house.faulty.add(.fail(.after), to: .settle, calls: 3...3)
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        try await house.during(try house.worker(handlers)) {
            try await house.advance(upTo: .seconds(9), step: .milliseconds(100)) {
                house.faulty.calls(of: .settle) == 4
            }
        }
        let record = try await house.record(id)
        #expect(record.state == .completed)
        #expect(record.history.count == 1)
    }

    @Test func aSettlementIsAbandonedLoudlyWhenItsLeaseIsOver() async throws {
        house.faulty.add(.fail(.before), to: .settle)
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers) { $0.lease = .seconds(10) }
        try await house.during(worker) {
            await eventually { house.faulty.calls(of: .settle) > 0 }
            worker.setQuiet(true)
            try await house.advance(upTo: .seconds(30)) { !house.lines.with("before the store could be told").isEmpty }
        }
        #expect(house.clock.now.offset >= .seconds(10))
        #expect(house.lines.with("before the store").map { $0.metadata["job"] } == [id.description])
        #expect(try await house.record(id).attempt == 1)
    }

    @Test func oneSettlementThatDoesNotFitLeavesItsNeighboursAlone() async throws {
        let picky = PickyStore(house.store)
        var roles = house.store.roles
        roles.store = picky
        let ids = try await house.client.enqueueAll(["Ada", "Grace", "Joan"])
        var handlers = Handlers()
        handlers.on(Greet.self) { job, context in
            while await picky.claimed < 3 { await Task.yield() }
            if job.name == "Grace" { try context.enqueue(Farewell(name: "too large")) }
        }
        var settings = WorkerSettings()
        settings.concurrency = 3
        settings.runtimeDirectory = house.directory
        let worker = try Worker(
            roles, handlers: handlers, settings: settings, logger: house.logger, clock: house.engineClock)
        try await house.during(worker) {
            try await eventually { try await house.store.stats().states[.completed] == 2 }
            worker.setQuiet(true)
            try await house.advance(upTo: .seconds(90)) { !house.lines.with("before the store").isEmpty }
        }
        #expect(try await house.record(ids[1]).state != .completed)
    }

    @Test func aSchemaThatDoesNotFitEndsTheWorker() async throws {
        house.faulty.add(.fail(.before, .schema, isTransient: false), to: .claim)
        let worker = try house.worker(handlers)
        await #expect(throws: StoreError.self) { try await worker.run() }
    }

    @Test func wrongSettingsAreAllNamedAtOnceAndLeaveNothingBehind() async throws {
        let error = #expect(throws: WorkerStartError.self) {
            try house.worker(Handlers()) { settings in
                settings.concurrency = 0
                settings.crashBudget = 0
            }
        }
        #expect(error?.problems.count == 3)
        #expect(!house.directoryExists)
    }
}

/// Refuses to settle whatever has a follow-up.
private actor PickyStore: PassingStore {
    let base: MemoryStore
    private(set) var claimed = 0

    init(_ base: MemoryStore) { self.base = base }

    func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        let jobs = try await base.claim(demand)
        claimed += jobs.count
        return jobs
    }
    func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        guard settlements.allSatisfy(\.followUps.isEmpty) else {
            throw StoreError(.full, operation: "settle", "no space for the follow-up", isTransient: false)
        }
        return try await base.settle(settlements)
    }
}
