import Hakobi
import HakobiTestKit
import Testing

/// What a handler opens through its context is closed with the job, last opened first, on every path.
@Suite(.timeLimit(.minutes(1)))
struct ClosingTests {
    private let house = House()
    private let log = Log()

    private func handlers(
        _ options: HandlerOptions = HandlerOptions(), _ end: @escaping @Sendable (JobContext) async throws -> Void
    ) -> Handlers {
        var handlers = Handlers()
        handlers.on(Greet.self, options) { [log] _, context in
            context.onFinish { log.add("first") }
            _ = try await context.scoped {
                7
            } close: {
                log.add("second \($0)")
            }
            context.onFinish {
                // A closer that waits: in a cancelled task it would be cut off here.
                try await Task.sleep(for: .microseconds(10))
                log.add("third")
            }
            try await end(context)
        }
        return handlers
    }

    private let inOrder = ["third", "second 7", "first"]

    @Test func afterSuccess() async throws {
        try await house.client.enqueue(Greet(name: "Ada"))
        try await house.runOnce(handlers { _ in })
        #expect(log.all == inOrder)
    }

    @Test func afterAThrow() async throws {
        try await house.client.enqueue(Greet(name: "Ada"))
        try await house.runOnce(handlers { _ in throw Oops() })
        #expect(log.all == inOrder)
    }

    @Test func afterACancel() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let isRunning = Flag()
        let worker = try house.worker(
            handlers { _ in
                isRunning.set()
                try await untilCancelled()
            })
        try await house.during(worker) {
            await eventually { isRunning.isSet }
            #expect(try await house.store.cancel([id]) == [.requested])
            try await house.advance(upTo: .seconds(3)) { try await house.record(id).state == .cancelled }
        }
        #expect(log.all == inOrder)
    }

    @Test func afterTheSoftLimit() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let isRunning = Flag()
        let options = HandlerOptions(retry: .constant(.seconds(60)), limits: TimeLimits(soft: .seconds(2)))
        let worker = try house.worker(
            handlers(options) { _ in
                isRunning.set()
                try await untilCancelled()
            })
        try await house.during(worker) {
            await eventually { isRunning.isSet }
            try await house.advance(upTo: .seconds(4)) { try await house.record(id).failures == 1 }
        }
        #expect(log.all == inOrder)
        #expect(try await house.record(id).history.last?.error?.contains("soft time limit") == true)
    }

    @Test func aCloserThatFailsIsLoggedAndChangesNothing() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        try await house.runOnce(handlers { $0.onFinish { throw Oops("stuck valve") } })
        #expect(log.all == inOrder)
        #expect(try await house.record(id).state == .completed)
        #expect(house.lines.with("closing").map { $0.metadata["error"] } == ["stuck valve"])
    }
}
