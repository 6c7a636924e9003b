import CHakobi
import Glibc
import Hakobi
import HakobiCore
import Logging
import Synchronization
import Testing

@testable import HakobiPrefork

/// The other end of a pipe, in the test's own hands: a child of another release, or one gone mad.
final class FakeChild: Sendable {
    let runner: PipeRunner
    let ledger = Ledger()
    let keeper = Keeper()
    private let ours: Int32
    private let process: WorkerProcess
    private let buffer = Mutex(FrameBuffer())
    /// Locks that came.
    let locks = Mutex(ArrivingLocks(HouseDescriptors()))

    /// What a supervisor would have been asked to do.
    final class Keeper: ProcessKeeper {
        let killed = Mutex<[String]>([])
        let bell = Doorbell()

        func ready(_ serial: Int) {}
        func served(_ serial: Int, jobs: Int) {}
        func load(busy: Int) {}
        func wantLonely(_ count: Int) {}
        func retire(_ serial: Int) {}
        func closed(_ serial: Int) {}
        func kill(_ serial: Int, aborting: Bool, because reason: String) {
            killed.withLock { $0.append(reason) }
            bell.ring()
        }
    }

    private init(_ leaseLocks: (any LeaseLocks)?) throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        runner = try PipeRunner(
            PipeSettings(host: "here", concurrency: 1), release: "test", leaseLocks: leaseLocks, logger: logger)
        var ends: [Int32] = [-1, -1]
        #expect(hakobi_socketpair(&ends) == 0)
        ours = ends[1]
        process = WorkerProcess(
            serial: 1, pid: 4_000_000, generation: 1, pipe: ends[0],
            page: hakobi_memfd("test", RunningPage.bytes(slots: 1)), isLonely: false, jobLimit: nil)
    }

    static func serve(
        leaseLocks: (any LeaseLocks)? = nil, _ body: (FakeChild) async throws -> Void
    ) async throws {
        let child = try FakeChild(leaseLocks)
        child.runner.attach(child.keeper, hooks: PipeHooks { throw PipeHooks.Missing() })
        let serving = Task { try await child.runner.run(child.ledger) }
        child.runner.spawned(child.process)
        defer { close(child.ours) }
        try await body(child)
        child.die()
        serving.cancel()
        try await serving.value
    }

    func die() { runner.exited(process, cause: CauseOfDeath(signal: 9), kind: .unasked) }

    func say(_ bytes: [UInt8]) { #expect(send(ours, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count) }

    func say(_ body: (inout ByteWriter) -> Void) {
        var writer = ByteWriter()
        body(&writer)
        say(writer.bytes)
    }

    /// The parent's next frame. Never blocks a thread of the pool: the runner under test needs them too.
    func hear<Value: Sendable>(
        _ body: @Sendable (FrameTag, inout ByteReader) throws(FrameError) -> Value
    ) async throws -> Value {
        for _ in 0..<4000 {
            let value = try buffer.withLock { buffer -> Value? in
                if let value = try buffer.next(body) { return value }
                _ = buffer.fill { bytes in locks.withLock { $0.receive(bytes, from: ours) } }
                return try buffer.next(body)
            }
            if let value { return value }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw FrameError("the parent said nothing more")
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct NeighbourTests {
    @Test func aChildOfTheVersionBeforeIsServed() async throws {
        try await FakeChild.serve { child in
            let welcome = try await child.hear { _, reader throws(FrameError) in try Welcome.read(&reader) }
            #expect(welcome.versions.contains(1))
            let kind = try Kind("old")
            child.say {
                Hello(version: 1, pid: 1, release: "old", offers: [.init(kind: kind, limits: TimeLimits())])
                    .write(to: &$0)
            }
            while child.runner.capacity.slots == 0 {
                let changes = child.ledger.content.changes
                if child.runner.capacity.slots == 0 { await child.ledger.until { $0.changes > changes } }
            }
            let work = try job("old")
            child.runner.accept([work])
            let jobs = try await child.hear { _, reader throws(FrameError) in
                var frames = JobFrameReader(kinds: [kind])
                return try frames.jobs(&reader)
            }
            #expect(jobs.map(\.job.lease.job) == [work.lease.job])
            child.say { writer in
                writer.frame(.outcomes) { frame in
                    frame.put(UInt32(1))
                    frame.put(TicketOutcome(ticket: jobs[0].ticket, outcome: .completed(result: nil), ran: .zero))
                }
            }
            await child.ledger.until(settled: 1)
            #expect(child.ledger.content.settlements[0].outcome == .completed(result: nil))
            #expect(child.ledger.content.settlements[0].report.release == "old")
        }
    }

    static let nonsense: [[UInt8]] = [
        [255, 255, 255, 255, 65], [0, 0, 0, 0], [1, 0, 0, 0, 200], [3, 0, 0, 0, 65, 9, 0],
        [UInt8](repeating: 0x41, count: 100_000),
    ]

    @Test(arguments: nonsense) func nonsenseEndsTheChildAndNobodyElse(_ bytes: [UInt8]) async throws {
        try await FakeChild.serve { child in
            child.say(bytes)
            await child.keeper.bell.wait()
            #expect(child.keeper.killed.withLock { $0.count } == 1)
        }
    }

    @Test func outcomesInThePipeSurviveTheDeath() async throws {
        try await FakeChild.serve { child in
            let kind = try Kind("a")
            child.say { Hello(pid: 1, release: "r", offers: [.init(kind: kind, limits: TimeLimits())]).write(to: &$0) }
            _ = try await child.hear { _, reader throws(FrameError) in try Welcome.read(&reader) }
            child.runner.accept([try job("a")])
            let jobs = try await child.hear { _, reader throws(FrameError) in
                var frames = JobFrameReader(kinds: [kind])
                return try frames.jobs(&reader)
            }
            child.say { writer in
                writer.frame(.outcomes) { frame in
                    frame.put(UInt32(1))
                    frame.put(TicketOutcome(ticket: jobs[0].ticket, outcome: .completed(result: nil), ran: .zero))
                }
            }
            child.die()
            await child.ledger.until(settled: 1)
            #expect(child.ledger.content.settlements.map(\.outcome) == [.completed(result: nil)])
        }
    }

    @Test func aTornFrameAtADeathIsNoOutcome() async throws {
        try await FakeChild.serve { child in
            let kind = try Kind("a")
            child.say { Hello(pid: 1, release: "r", offers: [.init(kind: kind, limits: TimeLimits())]).write(to: &$0) }
            _ = try await child.hear { _, reader throws(FrameError) in try Welcome.read(&reader) }
            let work = try job("a")
            child.runner.accept([work])
            let jobs = try await child.hear { _, reader throws(FrameError) in
                var frames = JobFrameReader(kinds: [kind])
                return try frames.jobs(&reader)
            }
            var writer = ByteWriter()
            writer.frame(.outcomes) { frame in
                frame.put(UInt32(1))
                frame.put(TicketOutcome(ticket: jobs[0].ticket, outcome: .completed(result: nil), ran: .zero))
            }
            child.say(Array(writer.bytes.dropLast()))
            child.die()
            // It waits for another process, and the end of the runner gives it back.
            child.runner.recall()
            await child.ledger.until(settled: 1)
            #expect(child.ledger.content.settlements[0].outcome == .returned)
        }
    }
}
