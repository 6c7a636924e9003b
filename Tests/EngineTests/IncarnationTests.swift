import Glibc
import HakobiTestKit
import Testing

@testable import Hakobi

/// Who died on this host is known at once, and who lives is left alone.
@Suite(.timeLimit(.minutes(1)))
struct IncarnationTests {
    private let house = House()

    private func claim(_ count: Int, by owner: Owner) async throws -> [ClaimedJob] {
        try await house.store.claim(
            Demand(
                queues: .all, kinds: [Kind("greet")], slots: count, lonelySlots: 0, lease: .seconds(60), owner: owner))
    }

    private var handlers: Handlers {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in }
        return handlers
    }

    @Test func theDeadOnesJobsComeBackAtOnceAndOnlyTheStartedOneIsCharged() async throws {
        let ids = try await house.client.enqueueAll(["Ada", "Grace", "Joan"])
        let dead = try Incarnation.start(node: nil, directory: house.directory)
        let jobs = try await claim(3, by: dead.owner)
        let page = try RunningPage.create(at: "\(dead.path)/page-0", slots: 2)
        let started = try #require(jobs.first)
        page.set(0, job: started.lease.job, attempt: 1)
        // Its death: the kernel drops the lock, and the page stays.
        flock(dead.lock, LOCK_UN)
        try await house.runOnce(handlers)
        for id in ids {
            let record = try await house.record(id)
            #expect(record.state == .completed)
            #expect(record.crashes == (id == started.lease.job ? 1 : 0))
            #expect(record.attempt == 2)
        }
        #expect(house.clock.now.offset == .zero)
        #expect(access(dead.path, F_OK) != 0, "what the dead one left is removed")
    }

    @Test func aLiveOneIsNeverRobbed() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let live = try Incarnation.start(node: nil, directory: house.directory)
        _ = try await claim(1, by: live.owner)
        try await house.runOnce(handlers)
        let record = try await house.record(id)
        #expect(record.state == .running)
        #expect(record.owner == live.owner)
        live.end()
    }

    @Test func anotherHostsIncarnationIsLeftToItsLease() async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let far = Owner(node: "far", boot: "b", incarnation: "i")
        _ = try await claim(1, by: far)
        try await house.runOnce(handlers)
        #expect(try await house.record(id).state == .running)
        house.clock.advance(by: .seconds(61))
        try await house.runOnce(handlers)
        let record = try await house.record(id)
        #expect(record.state == .completed)
        #expect(record.history.map(\.outcome) == ["rescued", "completed"])
    }

    @Test func anEarlierBootOfThisHostIsDeadWithoutALock() throws {
        let here = try Incarnation.start(node: nil, directory: house.directory)
        #expect(here.isDead(Owner(node: here.owner.node, boot: "earlier", incarnation: "x")))
        #expect(!here.isDead(Owner(node: here.owner.node, boot: here.owner.boot, incarnation: "never-seen")))
        #expect(!here.isDead(Owner(node: "far", boot: "earlier", incarnation: "x")))
        here.end()
    }

    @Test func anEndedWorkerLeavesNoLockNoDirectoryAndNoReport() async throws {
        weak var incarnation: Incarnation?
        var path = ""
        do {
            let worker = try house.worker(handlers) { $0.once = true }
            incarnation = worker.incarnation
            path = worker.incarnation.path
            try await worker.run()
        }
        // Its descriptor is closed when it goes.
        await eventually { incarnation == nil }
        #expect(access(path, F_OK) != 0)
        #expect(try await house.store.workers().isEmpty)
    }
}
