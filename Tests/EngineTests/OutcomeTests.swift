import Hakobi
import HakobiTestKit
import Testing

/// What a handler throws decides what becomes of its job.
@Suite(.timeLimit(.minutes(1)))
struct OutcomeTests {
    private func end(
        _ options: JobOptions = JobOptions(), _ handle: @escaping @Sendable (Greet, JobContext) async throws -> Void
    ) async throws -> JobRecord {
        let house = House()
        var handlers = Handlers()
        handlers.on(Greet.self, HandlerOptions(retry: .constant(.seconds(60)))) { try await handle($0, $1) }
        let id = try await house.client.enqueue(Greet(name: "Ada"), options)
        try await house.runOnce(handlers)
        return try await house.record(id)
    }

    @Test func aReturnCompletesWithTheResultThatWasLeft() async throws {
        let record = try await end { _, context in context.leave(result: Payload([1, 2], codec: .raw)) }
        #expect(record.state == .completed)
        #expect(record.result == Payload([1, 2], codec: .raw))
        #expect(record.history.map(\.outcome) == ["completed"])
    }

    @Test func anErrorIsAFailureThatComesBackAfterThePolicysDelayWithItsTextWhole() async throws {
        let text = String(repeating: "very long ", count: 5000)
        let record = try await end { _, _ in throw Oops(text) }
        #expect(record.state == .available)
        #expect(record.failures == 1)
        #expect(record.dueAt - record.createdAt == .seconds(60))
        #expect(record.history.last?.error == text)
    }

    @Test func retryLaterIsAFailureWithADelayOfItsOwn() async throws {
        let record = try await end { _, _ in throw RetryLater(.seconds(5), error: "come back") }
        #expect(record.failures == 1)
        #expect(record.dueAt - record.createdAt == .seconds(5))
        #expect(record.history.last?.error == "come back")
    }

    @Test func retryLaterCannotOutliveTheBudget() async throws {
        let record = try await end(JobOptions(maxFailures: 1)) { _, _ in throw RetryLater(.zero, error: "no") }
        #expect(record.state == .dead)
    }

    @Test func givingUpIsDeadAtOnce() async throws {
        let record = try await end { _, _ in throw GiveUp("hopeless") }
        #expect(record.state == .dead)
        #expect(record.failures == 1)
        #expect(record.history.last?.error == "hopeless")
    }

    @Test func aSnoozeCountsNothing() async throws {
        let record = try await end { _, _ in throw Snooze(.seconds(9), reason: "not yet") }
        #expect(record.state == .available)
        #expect(record.failures == 0)
        #expect(record.dueAt - record.createdAt == .seconds(9))
        #expect(record.history.map(\.outcome) == ["snoozed"])
    }

    /// A handler may have its work done by a process of its own.
    @Test func aProcessThatDiedOfItIsACrashOfThisJobWithItsCause() async throws {
        let record = try await end { _, _ in
            throw ProcessDied(cause: CauseOfDeath(signal: 9), error: "its program died", budget: 1)
        }
        #expect(record.state == .dead && record.crashes == 1 && record.failures == 0)
        #expect(record.history.map(\.outcome) == ["crashed"])
        #expect(record.history.last?.cause?.signal == 9 && record.history.last?.error == "its program died")
    }

    @Test func aWithdrawnJobIsCancelledAndCountsNothing() async throws {
        let record = try await end { _, _ in throw CancelJob("not needed") }
        #expect(record.state == .cancelled)
        #expect(record.failures == 0)
        #expect(record.history.last?.error == "not needed")
    }

    @Test func aCancellationErrorThatNobodyAskedForIsAFailure() async throws {
        let record = try await end { _, _ in throw CancellationError() }
        #expect(record.failures == 1)
    }

    @Test func whatDoesNotDecodeIsDeadAtOnceWithTheDecodersWords() async throws {
        let house = House()
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in }
        let id = try await house.client.enqueue(kind: Kind("greet"), payload: Payload(Array("{\"nam\":1}".utf8)))
        let raw = try await house.client.enqueue(kind: Kind("greet"), payload: Payload([0], codec: .raw))
        try await house.runOnce(handlers)
        let record = try await house.record(id)
        #expect(record.state == .dead)
        #expect(record.history.last?.error?.contains("name") == true)
        #expect(try await house.record(raw).state == .dead)
    }

    @Test func retriesUntilDeadAtItsMaxFailures() async throws {
        let tester = JobTester()
        var handlers = Handlers()
        handlers.on(Greet.self, HandlerOptions(retry: .constant(.seconds(10)))) { _, _ in throw Oops() }
        let id = try await tester.client.enqueue(Greet(name: "Ada"), JobOptions(maxFailures: 3))
        for round in 1...3 {
            let ran = try await tester.runDue(handlers)
            #expect(ran.map(\.number) == [round])
            tester.advance(by: .seconds(10))
        }
        #expect(try await tester.runDue(handlers).isEmpty)
        #expect(try await tester.store.job(id)?.state == .dead)
    }

    @Test func anUnknownKindStaysUncountedAndIsReportedOnce() async throws {
        let house = House()
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in }
        let id = try await house.client.enqueue(Farewell(name: "Ada"))
        try await house.during(try house.worker(handlers)) {
            await eventually { !house.lines.with("wait for a handler").isEmpty }
            for _ in 0..<12 { house.clock.advance(by: .seconds(6)) }
        }
        let lines = house.lines.with("wait for a handler")
        #expect(lines.map { $0.metadata["kinds"] } == ["farewell"])
        let record = try await house.record(id)
        #expect(record.state == .available)
        #expect(record.attempt == 0)
    }
}
