import HakobiTestKit
import Logging
import Synchronization
import Testing

@testable import Hakobi

/// What travels with a job: follow-ups, checkpoints, results, progress, metadata; and how workers share the work.
@Suite(.timeLimit(.minutes(1)))
struct CarryingTests {
    private let house = House()

    @Test func followUpsAppearWithTheCompletionOrNotAtAll() async throws {
        var handlers = Handlers()
        handlers.on(Greet.self, HandlerOptions(retry: .constant(.seconds(60)))) { job, context in
            try context.enqueue(Farewell(name: job.name), JobOptions(due: .after(.seconds(60))))
            if job.name == "Ada" { throw Oops() }
        }
        _ = try await house.client.enqueueAll(["Ada", "Grace"])
        try await house.runOnce(handlers)
        let farewells = try await house.store.jobs(
            matching: JobFilter(kind: Kind("farewell")), limit: 10, before: nil)
        #expect(farewells.map(\.payload) == [try PayloadCodec.encode(Farewell(name: "Grace"))])
    }

    @Test func aRefusedFollowUpIsLoggedAndTheJobIsDone() async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in
            let key = UniqueKey(try JobKey("one"), onConflict: .refuse)
            try context.enqueue(Farewell(name: "x"), JobOptions(due: .after(.seconds(60)), uniqueKey: key))
        }
        let ids = try await house.client.enqueueAll(["Ada", "Grace"])
        try await house.runOnce(handlers)
        let states = try await ids.asyncMap { try await house.record($0).state }
        #expect(states == [.completed, .completed])
        #expect(house.lines.with("follow-up was refused").count == 1)
    }

    @Test func aFollowUpThatCouldNeverBeAcceptedIsTheHandlersErrorAtOnce() async throws {
        var handlers = Handlers()
        handlers.on(Greet.self, HandlerOptions(retry: .never)) { _, context in
            try context.enqueue(Farewell(name: "x"), JobOptions(priority: 11))
        }
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        try await house.runOnce(handlers)
        #expect(try await house.record(id).history.last?.error?.contains("priority 11") == true)
    }

    @Test func aRequestsIdGoesWithItsJobsAndTheirs() async throws {
        var handlers = Handlers()
        let house = house
        handlers.on(Greet.self) { job, context in
            try await house.client.enqueue(Farewell(name: job.name))
            try context.enqueue(Farewell(name: job.name))
        }
        handlers.on(Farewell.self) { _, _ in Logger.current.info("bye") }
        var request = Logger(label: "web")
        request[metadataKey: "request-id"] = "r1"
        try await withLogger(request) { _ in _ = try await house.client.enqueue(Greet(name: "Ada")) }
        request[metadataKey: "request-id"] = "no id\n"
        try await withLogger(request) { _ in _ = try await house.client.enqueue(Greet(name: "Grace")) }
        try await house.runOnce(handlers)
        let farewells = try await house.store.jobs(matching: JobFilter(kind: Kind("farewell")), limit: 10, before: nil)
        #expect(farewells.map { $0.metadata["request-id"] ?? "none" }.sorted() == ["none", "none", "r1", "r1"])
        let ofRequest = house.lines.all.filter { $0.metadata["request-id"] == "r1" }
        #expect(ofRequest.filter { $0.text == "job completed" }.count == 3)
        #expect(ofRequest.filter { $0.text == "bye" && $0.metadata["kind"] == "farewell" }.count == 2)
    }

    @Test(arguments: ["throw", "snooze", "give up", "cancel", "return"])
    func aCheckpointIsKeptHoweverTheAttemptEnds(end: String) async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in
            context.save(checkpoint: [1, 2, 3])
            switch end {
            case "throw": throw Oops()
            case "snooze": throw Snooze(.seconds(60))
            case "give up": throw GiveUp("no")
            case "cancel": throw CancelJob()
            default: return
            }
        }
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        try await house.runOnce(handlers)
        #expect(try await house.record(id).checkpoint == [1, 2, 3])
    }

    @Test func theNextAttemptFindsTheCheckpointOfTheLast() async throws {
        let tester = JobTester()
        let log = Log()
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in
            log.add("\(context.attempt) \(context.failures) \(context.checkpoint ?? [])")
            context.save(checkpoint: (context.checkpoint ?? []) + [UInt8(context.attempt)])
            if context.attempt < 3 { throw RetryLater(.seconds(1), error: "more") }
        }
        try await tester.client.enqueue(Greet(name: "Ada"))
        for _ in 0..<3 {
            try await tester.runDue(handlers)
            tester.advance(by: .seconds(1))
        }
        #expect(log.all == ["1 0 []", "2 1 [1]", "3 2 [1, 2]"])
    }

    @Test func metadataReachesTheHandlerAndItsFollowUps() async throws {
        let log = Log()
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in
            log.add(context.metadata["tenant"] ?? "-")
            try context.enqueue(Farewell(name: "x"), JobOptions(metadata: ["own": "1"]))
        }
        handlers.on(Farewell.self) { _, context in
            log.add((context.metadata["tenant"] ?? "-") + (context.metadata["own"] ?? "-"))
        }
        try await house.client.enqueue(Greet(name: "Ada"), JobOptions(metadata: ["tenant": "blue"]))
        try await house.runOnce(handlers)
        #expect(log.all == ["blue", "blue1"])
    }

    @Test func queuesAreServedByTheirWeights() async throws {
        let (left, right) = (try QueueName("left"), try QueueName("right"))
        let log = Log()
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in log.add(context.queue.description) }
        for queue in [left, right] {
            _ = try await house.client.enqueue(
                contentsOf: (0..<400).map { Greet(name: "\($0)") }, JobOptions(queue: queue))
        }
        try await house.runOnce(handlers) { $0.queues = [.init(left, weight: 3), .init(right, weight: 1)] }
        #expect(log.all.count == 800)
        // While both have work: the left one is empty after 400 of its own.
        let share = Double(log.all.prefix(400).count { $0 == "left" }) / 400
        #expect(abs(share - 0.75) < 0.05 * 0.75)
    }

    @Test func onceRunsAllSuspectsEachAlone() async throws {
        let ids = try await house.client.enqueueAll((0..<6).map { "\($0)" })
        let dead = Owner(node: "elsewhere", boot: "b", incarnation: "i")
        let demand = Demand(
            queues: .all, kinds: [try Kind("greet")], slots: 3, lonelySlots: 0, lease: .seconds(60), owner: dead)
        #expect(try await house.store.claim(demand).count == 3)
        let rescued = try await house.store.rescue(Rescue(.owner(dead, running: nil)))
        #expect(rescued.map(\.verdict) == [.suspected, .suspected, .suspected])
        let now = Mutex<Set<JobID>>([])
        let alone = Mutex(0)
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in
            let beside = now.withLock { running in
                running.insert(context.id)
                return running.count
            }
            for _ in 0..<20 { await Task.yield() }
            let besideLater = now.withLock { running in
                defer { running.remove(context.id) }
                return running.count
            }
            if context.job.isSuspect, beside == 1, besideLater == 1 { alone.withLock { $0 += 1 } }
        }
        try await house.runOnce(handlers) { $0.concurrency = 4 }
        let states = try await ids.asyncMap { try await house.record($0).state }
        #expect(states.allSatisfy { $0 == .completed })
        #expect(alone.withLock { $0 } == 3)
    }

    @Test func retentionPrunesWhatIsOld() async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { job, _ in if job.name == "Grace" { throw GiveUp("no") } }
        let ids = try await house.client.enqueueAll(["Ada", "Grace"])
        try await house.runOnce(handlers)
        house.clock.advance(by: .seconds(86_400))
        try await house.during(try house.worker(handlers)) {
            try await eventually { try await house.store.job(ids[0]) == nil }
        }
        #expect(try await house.store.job(ids[1])?.state == .dead)
    }

    @Test func twoClaimsInARowUseTwoSlots() async throws {
        let both = Mutex(0)
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in
            both.withLock { $0 += 1 }
            while both.withLock({ $0 }) < 2 { try Task.checkCancellation(); await Task.yield() }
        }
        let worker = try house.worker(handlers) { $0.concurrency = 2 }
        try await house.during(worker) {
            let ids = try await house.client.enqueueAll(["Ada", "Grace"])
            try await eventually { try await house.store.stats().states[.completed] == ids.count }
        }
    }

    @Test func aStoppedJobsCancellationNeverMeetsTheNextJob() async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in
            for _ in 0..<3 { await Task.yield() }
            try Task.checkCancellation()
        }
        let worker = try house.worker(handlers)
        let ids = try await house.client.enqueueAll((0..<300).map { "\($0)" })
        try await house.during(worker) {
            try await eventually {
                for job in worker.runner.running() { worker.runner.stop(job.lease, because: .cancelRequested) }
                return try await house.store.stats().states[.available] == 0
            }
        }
        for id in ids { #expect(try await house.record(id).failures == 0) }
    }
}
