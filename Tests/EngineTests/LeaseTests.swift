import HakobiTestKit
import Testing

@testable import Hakobi

/// A lease is kept while its job runs, and given up loudly when it is lost.
@Suite(.timeLimit(.minutes(1)))
struct LeaseTests {
    private let house = House()
    private let isRunning = Flag()
    private let wasStopped = Flag()

    private var handlers: Handlers {
        var handlers = Handlers()
        handlers.on(Greet.self) { [isRunning, wasStopped] _, context in
            isRunning.set()
            context.report(progress: Progress(done: 3, total: 9))
            do { try await untilCancelled() } catch {
                wasStopped.set()
                throw error
            }
        }
        return handlers
    }

    private func running(_ body: (JobID, Worker) async throws -> Void) async throws {
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        let worker = try house.worker(handlers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            await eventually { isRunning.isSet }
            try await body(id, worker)
            worker.drain(grace: .zero)
            try await group.waitForAll()
        }
    }

    private var extensions: Int {
        house.recording.calls.reduce(0) { count, call in
            guard case .renew(let renewals, _) = call else { return count }
            return count + renewals.count { $0.extend != nil }
        }
    }

    @Test func isRenewedForAsLongAsTheJobRuns() async throws {
        try await running { id, _ in
            try await house.advance(upTo: .seconds(200), step: .milliseconds(900)) { extensions >= 6 }
            #expect(house.clock.now.offset >= .seconds(119))
            #expect(try await house.record(id).state == .running)
            #expect(!wasStopped.isSet)
        }
    }

    @Test func progressIsKeptWithinASecond() async throws {
        try await running { id, _ in
            try await house.advance(upTo: .seconds(2)) { try await house.record(id).progress?.done == 3 }
        }
    }

    @Test func aCancelIsSeenWithinASecond() async throws {
        try await running { id, _ in
            house.clock.advance(by: .seconds(5))
            #expect(try await house.store.cancel([id]) == [.requested])
            try await house.advance(upTo: .seconds(1), step: .milliseconds(100)) {
                try await house.record(id).state == .cancelled
            }
            #expect(try await house.record(id).history.last?.error == "cancel requested")
        }
    }

    @Test func lostItStopsTheHandlerAndNothingIsSettled() async throws {
        try await running { id, worker in
            worker.setQuiet(true)
            let rescued = try await house.store.rescue(Rescue(.owner(worker.incarnation.owner, running: [])))
            #expect(rescued.count == 1)
            try await house.advance(upTo: .seconds(3)) { !house.lines.with("the lease was lost").isEmpty }
            #expect(wasStopped.isSet)
            let record = try await house.record(id)
            #expect(record.state == .available)
            #expect(record.history.isEmpty)
        }
    }

    @Test func whileTheStoreIsInTroubleTheHolderGivesUpAtItsOwnDeadline() async throws {
        try await running { id, worker in
            house.faulty.add(.fail(.before), to: .renew)
            worker.setQuiet(true)
            try await house.advance(upTo: .seconds(59), step: .milliseconds(900)) {
                house.clock.now.offset > .seconds(58)
            }
            #expect(!wasStopped.isSet)
            try await house.advance(upTo: .seconds(5)) { wasStopped.isSet }
            let lines = house.lines.with("in trouble").filter { $0.metadata["operation"] == "renew" }
            #expect((1...7).contains(lines.count), "once in ten seconds")
        }
    }

    @Test func aRenewalThatHangsDoesNotHideALostLease() async throws {
        try await running { _, worker in
            house.faulty.add(.delay(.seconds(3600)), to: .renew)
            worker.setQuiet(true)
            try await house.advance(upTo: .seconds(70), step: .milliseconds(900)) { wasStopped.isSet }
        }
    }
}
