import HakobiTestKit
import ServiceLifecycle
import Testing

@testable import Hakobi

/// A drain claims no more, gives back what has not started, and ends within its bound, whatever handlers do.
@Suite(.timeLimit(.minutes(1)))
struct DrainTests {
    private let house = House()
    private let isRunning = Flag()

    private func handlers(_ run: @escaping @Sendable (JobContext) async throws -> Void) -> Handlers {
        var handlers = Handlers()
        handlers.on(Greet.self) { [isRunning] _, context in
            isRunning.set()
            try await run(context)
        }
        return handlers
    }

    @Test func idleItEndsAtOnce() async throws {
        try await house.during(try house.worker(handlers { _ in })) {
            await eventually { !house.recording.calls.isEmpty }
        }
        #expect(try await house.store.workers().isEmpty)
    }

    @Test func beforeItRanItEndsAtOnce() async throws {
        let worker = try house.worker(handlers { _ in })
        worker.drain()
        worker.drain()
        try await worker.run()
    }

    @Test func aRunningJobMayEndInItsGraceAndSeesTheDrain() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers { context in while !context.isDraining { await Task.yield() } })
        try await house.during(worker) { await eventually { isRunning.isSet } }
        #expect(try await house.record(id).state == .completed)
    }

    @Test func afterTheGraceARunningJobIsInterruptedAndGivenBackUncharged() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers { _ in try await untilCancelled() }) { $0.grace = .seconds(10) }
        async let run: Void = worker.run()
        await eventually { isRunning.isSet }
        worker.drain()
        for _ in 0..<100 { await Task.yield() }
        #expect(try await house.record(id).state == .running)
        try await house.advance(upTo: .seconds(30)) { try await house.record(id).state == .available }
        try await run
        let record = try await house.record(id)
        #expect(record.failures == 0 && record.crashes == 0)
        #expect(record.history.map(\.outcome) == ["interrupted"])
        #expect(house.lines.with("grace is over").map { $0.metadata["job"] } == [id.description])
    }

    @Test func aStoreThatDoesNotAnswerDoesNotHoldUpADrain() async throws {
        house.faulty.add(.fail(.before), to: .settle)
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers { _ in }) { $0.grace = .seconds(10) }
        async let run: Void = worker.run()
        await eventually { house.faulty.calls(of: .settle) > 0 }
        worker.drain()
        try await house.advance(upTo: .seconds(12)) { !house.lines.with("worker ended").isEmpty }
        try await run
        #expect(house.lines.with("left to their leases").map { $0.metadata["count"] } == ["1"])
        #expect(try await house.record(id).state == .running)
        #expect(try await house.store.workers().count == 1, "the next life finds it dead")
    }

    @Test func aHandlerThatIgnoresItsCancellationIsLeftBehind() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let isReleased = Flag()
        defer { isReleased.set() }
        let worker = try house.worker(handlers { _ in while !isReleased.isSet { await Task.yield() } })
        let isOver = Flag()
        async let run: Void = {
            try await worker.run(); isOver.set()
        }()
        await eventually { isRunning.isSet }
        worker.drain(grace: .zero)
        try await house.advance(upTo: .seconds(30)) { isOver.isSet }
        try await run
        #expect(try await house.record(id).history.map(\.error) == ["cut by a drain"])
    }

    @Test func aSecondDrainMayHurry() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers { _ in try await untilCancelled() })
        async let run: Void = worker.run()
        await eventually { isRunning.isSet }
        worker.drain()
        worker.drain(grace: .zero)
        try await run
        #expect(try await house.record(id).history.map(\.outcome) == ["interrupted"])
    }

    @Test func cancellingTheTaskDrainsWithoutGrace() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers { _ in try await untilCancelled() })
        let task = Task { try await worker.run() }
        await eventually { isRunning.isSet }
        task.cancel()
        try await task.value
        #expect(try await house.record(id).state == .available)
    }

    @Test func whatHasNotStartedGoesBackWithoutATrace() async throws {
        let ids = try await house.client.enqueueAll(["Ada", "Grace", "Joan"])
        let worker = try house.worker(
            handlers { context in while !context.isDraining { await Task.yield() } }
        ) { $0.prefetchJobs = 10 }
        // Nothing is taken ahead before jobs are known to be fast; here they are handed over directly.
        try await house.during(worker) {
            await eventually { isRunning.isSet }
            let claimed = try await house.store.claim(
                Demand(
                    queues: .all, kinds: [Kind("greet")], slots: 10, lonelySlots: 0, lease: .seconds(60),
                    owner: worker.incarnation.owner))
            worker.take(claimed)
        }
        let records = try await ids.asyncMap { try await house.record($0) }
        #expect(records.map(\.state).sorted { $0.rawValue < $1.rawValue } == [.available, .available, .completed])
        #expect(records.flatMap(\.history).count == 1)
    }

    @Test func aClaimThatAnswersDuringADrainIsGivenBack() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        house.faulty.add(.delay(.milliseconds(50)), to: .claim, calls: 1...1)
        let worker = try house.worker(handlers { _ in })
        async let run: Void = worker.run()
        await eventually { house.faulty.calls(of: .claim) == 1 }
        worker.drain()
        try await run
        #expect(try await house.record(id).history.allSatisfy { $0.outcome == "completed" })
        #expect(try await house.store.stats().states[.running] == 0)
    }

    @Test func aStoreInTroubleDoesNotHoldUpADrain() async throws {
        house.faulty.add(.fail(.before), to: .claim)
        let worker = try house.worker(handlers { _ in })
        try await house.during(worker) {
            await eventually { house.faulty.calls(of: .claim) == 1 }
        }
    }

    @Test func gracefulShutdownDrainsBesideAnotherService() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers { context in while !context.isDraining { await Task.yield() } })
        let group = ServiceGroup(services: [worker, Neighbour()], logger: house.logger)
        async let run: Void = group.run()
        await eventually { isRunning.isSet }
        await group.triggerGracefulShutdown()
        try await run
        #expect(try await house.record(id).state == .completed)
    }

    @Test func quietClaimsNoMoreUntilToldSo() async throws {
        let worker = try house.worker(handlers { _ in })
        try await house.during(worker) {
            await eventually { !house.recording.calls.isEmpty }
            worker.setQuiet(true)
            let id = try await house.client.enqueue(Greet(name: "Ada"))
            for _ in 0..<5 {
                house.clock.advance(by: .seconds(1))
                for _ in 0..<50 { await Task.yield() }
            }
            #expect(try await house.record(id).state == .available)
            worker.setQuiet(false)
            try await eventually { try await house.record(id).state == .completed }
        }
    }
}

private struct Neighbour: Service {
    func run() async throws { try await gracefulShutdown() }
}
