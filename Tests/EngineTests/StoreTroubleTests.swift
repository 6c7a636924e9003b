import Hakobi
import HakobiTestKit
import Testing

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
private actor PickyStore: JobStore {
    private let base: MemoryStore
    private(set) var claimed = 0

    init(_ base: MemoryStore) { self.base = base }

    func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] { try await base.insert(jobs) }
    func claim(_ demand: Demand) async throws(StoreError) -> [ClaimedJob] {
        let jobs = try await base.claim(demand)
        claimed += jobs.count
        return jobs
    }
    func renew(_ renewals: [Renewal]) async throws(StoreError) -> [RenewalReceipt] { try await base.renew(renewals) }
    func settle(_ settlements: [Settlement]) async throws(StoreError) -> [Receipt] {
        guard settlements.allSatisfy(\.followUps.isEmpty) else {
            throw StoreError(.full, operation: "settle", "no space for the follow-up", isTransient: false)
        }
        return try await base.settle(settlements)
    }
    func rescue(_ request: Rescue) async throws(StoreError) -> [RescuedJob] { try await base.rescue(request) }
}
