import Hakobi
import HakobiTestKit
import Testing

/// The helper for users' own tests keeps its word.
struct JobTesterTests {
    @Test func runsWhatIsDueAndSaysWhatHappened() async throws {
        let tester = JobTester()
        var handlers = Handlers()
        handlers.on(Greet.self) { job, context in
            if job.name == "Ada" { throw GiveUp("no greeting for Ada") }
            try context.enqueue(Farewell(name: job.name), JobOptions(due: .after(.seconds(3600))))
        }
        handlers.on(Farewell.self) { _, _ in }
        try await tester.client.enqueue(Greet(name: "Ada"))
        try await tester.client.enqueue(Greet(name: "Grace"))
        let ran = try await tester.runDue(handlers)
        #expect(ran.map(\.outcome.name) == ["failed", "completed"])
        #expect(ran.map(\.error) == ["no greeting for Ada", nil])
        #expect(ran.map(\.number) == [1, 1])
        #expect(try await tester.expectEnqueued(Farewell.self).map(\.name) == ["Grace"])
        #expect(try await tester.runDue(handlers).isEmpty)
        tester.advance(by: .seconds(3600))
        #expect(try await tester.runDue(handlers).map(\.kind.description) == ["farewell"])
    }

    @Test func saysWhatWaitsInsteadOfWhatWasExpected() async throws {
        let tester = JobTester()
        try await tester.client.enqueue(Greet(name: "Ada"))
        #expect(try await tester.expectEnqueued(Greet.self) { $0.name == "Ada" }.count == 1)
        await #expect(throws: JobTester.NotEnqueued.self) {
            try await tester.expectEnqueued(Greet.self) { $0.name == "Grace" }
        }
        let error = await #expect(throws: JobTester.NotEnqueued.self) { try await tester.expectEnqueued(Farewell.self) }
        #expect(error?.description == "no matching job of \"farewell\" waits; there are: 1 of \"greet\"")
    }
}
