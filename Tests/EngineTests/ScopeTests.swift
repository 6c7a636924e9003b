import Glibc
import HakobiTestKit
import Synchronization
import Testing

@testable import Hakobi

/// What is asked for twice in a job is opened once; parts of a job have scopes of their own; nothing outlives its job.
@Suite(.timeLimit(.minutes(1)))
struct ScopeTests {
    private let house = House()
    private let log = Log()

    /// A connection to a source, by name.
    private final class Connection: Sendable {
        let name: String
        init(_ name: String) { self.name = name }
    }

    private func connect(_ name: String, in context: JobContext) async throws -> Connection {
        try await context.resource(for: name) { [log] in
            log.add("open \(name)")
            return Connection(name)
        } close: { [log] in
            log.add("close \($0.name)")
        }
    }

    private func run(_ jobs: Int = 1, _ body: @escaping @Sendable (JobContext) async throws -> Void) async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in try await body(context) }
        _ = try await house.client.enqueueAll((0..<jobs).map { "\($0)" })
        try await house.runOnce(handlers)
    }

    @Test func theSameSourceTwiceIsOneAndAnotherIsAnother() async throws {
        try await run { context in
            let first = try await connect("a", in: context)
            _ = try await connect("b", in: context)
            let second = try await connect("a", in: context)
            #expect(first === second)
        }
        #expect(log.all == ["open a", "open b", "close b", "close a"])
    }

    @Test func aKeyOfAnotherTypeIsAnother() async throws {
        try await run { context in
            let text = try await context.resource(for: 1) {
                "text"
            } close: { _ in
            }
            let number = try await context.resource(for: 1) {
                7
            } close: { _ in
            }
            let other = try await context.resource(for: UInt8(1)) {
                8
            } close: { _ in
            }
            #expect((text, number, other) == ("text", 7, 8))
        }
    }

    @Test func noJobGetsWhatAnotherOpened() async throws {
        try await run(2) { context in _ = try await connect("a", in: context) }
        #expect(log.all == ["open a", "close a", "open a", "close a"])
    }

    @Test func childrenThatAskAtTheSameMomentShareOne() async throws {
        try await run { context in
            let mayOpen = Doorbell()
            try await withThrowingTaskGroup(of: Connection.self) { group in
                for _ in 0..<8 {
                    group.addTask { [log] in
                        try await context.resource(for: "a") {
                            await mayOpen.wait()
                            log.add("open")
                            return Connection("a")
                        } close: { _ in
                            log.add("close")
                        }
                    }
                }
                mayOpen.ring()
                var all: [Connection] = []
                for try await one in group { all.append(one) }
                #expect(all.count == 8 && all.allSatisfy { $0 === all[0] })
            }
        }
        #expect(log.all == ["open", "close"])
    }

    @Test func anOpeningThatFailsIsTriedAgain() async throws {
        try await run { context in
            await #expect(throws: Oops.self) {
                _ = try await context.resource(for: "a") { () throws -> Connection in
                    throw Oops()
                } close: { _ in
                }
            }
            _ = try await connect("a", in: context)
        }
        #expect(log.all == ["open a", "close a"])
    }

    @Test func ofSeveralReplicasOneIsPickedAndWhoIsAwayIsPassedOver() async throws {
        let replicas = ["a", "b", "c"]
        let away = Mutex<Set<String>>([])
        @Sendable func pick(_ context: JobContext) async throws -> Connection {
            try await context.resource(ofOneIn: replicas) { [log] source in
                if away.withLock({ $0.contains(source) }) { throw Oops() }
                log.add(source)
                return Connection(source)
            } close: { _ in
            }
        }
        try await run(60) { context in
            let first = try await pick(context)
            let second = try await pick(context)
            #expect(first === second)
        }
        #expect(Set(log.all) == Set(replicas))
        #expect(log.all.count == 60)
        away.withLock { $0 = ["a", "c"] }
        try await run(20) { context in
            let one = try await pick(context)
            #expect(one.name == "b")
        }
        away.withLock { $0 = Set(replicas) }
        try await run { context in
            let error = await #expect(throws: NoReplica.self) { try await pick(context) }
            #expect(Set(error?.failures.map(\.source) ?? []) == Set(replicas))
            let isSaid = error?.description.hasPrefix("none of 3 replicas could be opened: ")
            #expect(isSaid == true)
        }
    }

    @Test func aScopeClosesItsOwnAndFindsTheJobs() async throws {
        try await run { context in
            let outer = try await connect("job", in: context)
            for round in 1...2 {
                try await context.scope { inner in
                    let found = try await connect("job", in: inner)
                    #expect(found === outer)
                    _ = try await connect("part", in: inner)
                    try await inner.scope { _ = try await connect("part", in: $0) }
                    inner.onFinish { [log] in log.add("end \(round)") }
                }
            }
            log.add("after")
        }
        let part = ["open part", "end 1", "close part", "open part", "end 2", "close part"]
        #expect(log.all == ["open job"] + part + ["after", "close job"])
    }

    @Test func aScopeClosesWhenItsBodyThrows() async throws {
        try await run { context in
            await #expect(throws: Oops.self) {
                try await context.scope { inner in
                    _ = try await connect("part", in: inner)
                    throw Oops()
                }
            }
            log.add("after")
        }
        #expect(log.all == ["open part", "close part", "after"])
    }

    @Test func resultAndFollowUpsOfAScopeAreTheJobs() async throws {
        try await run { context in
            try await context.scope { inner in
                try inner.enqueue(Farewell(name: "x"))
                inner.leave(result: Payload([0x31]))
                inner.save(checkpoint: [7])
            }
        }
        let jobs = try await house.store.jobs(matching: JobFilter(), limit: 10, before: nil)
        #expect(jobs.count == 2)
        let parent = try #require(jobs.first { $0.kind.description == "greet" })
        #expect(parent.result == Payload([0x31]) && parent.checkpoint == [7])
    }

    @Test func afterTheJobNothingCanBeOpened() async throws {
        let (opened, kept) = (Log(), Kept<JobContext>())
        try await run { kept.set($0) }
        let context = try #require(kept.value)
        await #expect(throws: ScopeIsOver.self) { _ = try await connect("late", in: context) }
        await #expect(throws: ScopeIsOver.self) {
            _ = try await context.scoped {
                Connection("late")
            } close: { _ in
                opened.add("closed")
            }
        }
        #expect(throws: ScopeIsOver.self) { _ = try context.temporaryDirectory() }
        context.onFinish { opened.add("at once") }
        await eventually { opened.all == ["closed", "at once"] }
        #expect(log.all.isEmpty)
    }

    @Test func whatOpensTooSlowlyIsClosedAtOnce() async throws {
        let (mayOpen, isOpening, ended) = (Doorbell(), Doorbell(), Log())
        try await run { context in
            Shield.start { [log] in
                do {
                    _ = try await context.resource(for: "a") {
                        isOpening.ring()
                        await mayOpen.wait()
                        return Connection("a")
                    } close: { _ in
                        log.add("closed")
                    }
                } catch { ended.add("\(type(of: error))") }
            }
            await isOpening.wait()
        }
        mayOpen.ring()
        await eventually { ended.all == ["ScopeIsOver"] }
        #expect(log.all == ["closed"])
    }
}

/// Something handed out of a handler.
final class Kept<Value: Sendable>: Sendable {
    private let box = Mutex<Value?>(nil)
    func set(_ value: Value) { box.withLock { $0 = value } }
    var value: Value? { box.withLock { $0 } }
}
