import HakobiTestKit
import Synchronization
import Testing

@testable import Hakobi

/// Enqueues share transactions, and nobody pays for a neighbour.
@Suite(.timeLimit(.minutes(1)))
struct ClientTests {
    private let gate = GatedStore(MemoryStore())
    private var client: JobClient {
        var roles = gate.base.roles
        roles.store = gate
        return JobClient(roles)
    }

    @Test func concurrentCallersShareTransactions() async throws {
        let client = client
        try await withThrowingTaskGroup(of: JobID.self) { group in
            group.addTask { try await client.enqueue(Greet(name: "first")) }
            await eventually { gate.calls.count == 1 }
            for number in 0..<50 { group.addTask { try await client.enqueue(Greet(name: "\(number)")) } }
            await eventually { client.waitingCallers == 50 }
            gate.open()
            var ids: Set<JobID> = []
            for try await id in group { ids.insert(id) }
            #expect(ids.count == 51)
        }
        #expect(gate.calls == [1, 50])
        #expect(try await gate.base.stats().states[.available] == 51)
    }

    @Test func inOneGroupADuplicateATooLargeACancelledAndAGoodOneEachGetTheirOwnAnswer() async throws {
        let client = client
        let options = JobOptions(idempotencyKey: IdempotencyKey(try JobKey("once")))
        let known = JobID(high: 1, low: 1)
        var first = NewJob(id: known, kind: try Kind("greet"), payload: Payload([]))
        first.idempotencyKey = options.idempotencyKey
        async let head = client.insert([first])
        await eventually { gate.calls.count == 1 }
        async let duplicate = client.enqueue(Greet(name: "again"), options)
        async let good = client.enqueue(Greet(name: "good"), try keyed("good"))
        let cancelled = Task { try await client.enqueue(Greet(name: "cancelled"), try keyed("cancelled")) }
        await eventually { client.waitingCallers == 3 }
        await #expect(throws: Refusal.self) {
            try await client.enqueue(Greet(name: String(repeating: "x", count: 2_000_000)))
        }
        cancelled.cancel()
        let error = await #expect(throws: StoreError.self) { try await cancelled.value }
        #expect(error?.reason == .cancelled && error?.effect == .notDone)
        gate.open()
        #expect(try await head == [.inserted])
        #expect(try await duplicate == known)
        #expect(try await gate.base.job(good) != nil)
        #expect(gate.calls == [1, 2])
    }

    @Test func cancelledWhileItsInsertIsUnderWayACallerWaitsForTheAnswer() async throws {
        let client = client
        let task = Task { try await client.enqueue(Greet(name: "Ada")) }
        await eventually { gate.calls.count == 1 }
        task.cancel()
        gate.open()
        let id = try await task.value
        #expect(try await gate.base.job(id) != nil)
    }

    @Test func cancelledBeforeItBeganACallerWritesNothing() async throws {
        let client = client
        gate.open()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await client.enqueue(Greet(name: "Ada"))
        }
        task.cancel()
        await #expect(throws: StoreError.self) { try await task.value }
        #expect(gate.calls.isEmpty)
    }

    @Test func aFullDiskFailsOnlyThoseWhoDoNotFit() async throws {
        let client = client
        gate.limit(bytes: 100)
        async let head = client.enqueue(Greet(name: "head"))
        await eventually { gate.calls.count == 1 }
        async let small = client.enqueue(Greet(name: "small"))
        let large = Task { try await client.enqueue(Greet(name: String(repeating: "x", count: 1000))) }
        async let other = client.enqueue(Greet(name: "other"))
        await eventually { client.waitingCallers == 3 }
        gate.open()
        let kept = try await [head, small, other]
        #expect(Set(kept).count == 3)
        let error = await #expect(throws: StoreError.self) { try await large.value }
        #expect(error?.reason == .full)
        #expect(try await gate.base.stats().states[.available] == 3)
    }

    @Test func aKeyThatSomebodyHoldsKeepsOnlyThoseWaitingWhoWantIt() async throws {
        let client = client
        gate.hold(try JobKey("held"))
        async let head = client.enqueue(Greet(name: "head"), try keyed("head"))
        await eventually { gate.calls.count == 1 }
        let wanting = Task { try await client.enqueue(Greet(name: "wanting"), try keyed("held")) }
        async let one = client.enqueue(Greet(name: "one"), try keyed("one"))
        async let other = client.enqueue(Greet(name: "other"), try keyed("other"))
        await eventually { client.waitingCallers == 3 }
        // A job without keys has nothing to do with any of this.
        async let plain = client.enqueue(Greet(name: "plain"))
        await eventually { gate.calls.count == 2 }
        gate.open()
        #expect(Set(try await [head, one, other, plain]).count == 4)
        let error = await #expect(throws: StoreError.self) { try await wanting.value }
        #expect(error?.reason == .busy)
        #expect(gate.calls == [1, 1, 3, 1, 1, 1])
    }

    @Test func whereAllIsLockedForLongNobodyIsTriedAlone() async throws {
        let clock = ManualClock()
        var roles = gate.base.roles
        roles.store = gate
        let client = JobClient(roles, clock: EngineClock(clock))
        async let head = client.enqueue(Greet(name: "head"))
        await eventually { gate.calls.count == 1 }
        let callers = (0..<3).map { number in Task { try await client.enqueue(Greet(name: "\(number)")) } }
        await eventually { client.waitingCallers == 3 }
        gate.refuseAll { clock.advance(by: .seconds(6)) }
        gate.open()
        _ = try await head
        for caller in callers {
            let error = await #expect(throws: StoreError.self) { try await caller.value }
            #expect(error?.reason == .busy)
        }
        // Six seconds together and six more of one alone: more nobody has to wait for.
        #expect(gate.calls == [1, 3, 1])
    }

    @Test func aStoreOutOfReachFailsAllOfAGroupAlike() async throws {
        let faulty = FaultyStore(MemoryStore())
        faulty.add(.fail(.before), to: .insert)
        var roles = gate.base.roles
        roles.store = faulty
        let client = JobClient(roles)
        let error = await #expect(throws: StoreError.self) { try await client.enqueue(Greet(name: "Ada")) }
        #expect(error?.reason == .unreachable)
    }

    @Test func optionsOfTheCallGoBeforeTheTypes() async throws {
        gate.open()
        let slow = try await client.enqueue(Slow())
        let quick = try await client.enqueue(Slow(), JobOptions(priority: 9, due: .after(.seconds(5)), maxFailures: 2))
        let (own, given) = (try await gate.base.job(slow), try await gate.base.job(quick))
        #expect(own?.queue.description == "slow" && own?.priority == 1)
        #expect(given?.queue == .default && given?.priority == 9 && given?.maxFailures == 2)
        #expect(given.map { $0.dueAt - $0.createdAt } == .seconds(5))
    }

    @Test func whatCannotBeEncodedOrIsOutOfRangeIsRefusedWithASentence() async throws {
        let client = client
        gate.open()
        await #expect(throws: EncodingError.self) { try await client.enqueue(Measured(value: .infinity)) }
        await #expect(throws: InvalidName.self) { try await client.enqueue(Nameless()) }
        let refusal = await #expect(throws: Refusal.self) {
            try await client.enqueue(Greet(name: "Ada"), JobOptions(due: .after(.seconds(-1))))
        }
        #expect(refusal?.description.contains("negative") == true)
        #expect(gate.calls.isEmpty)
    }

    @Test func ofManyEachStandsAlone() async throws {
        gate.open()
        let jobs = ["Ada", String(repeating: "x", count: 2_000_000), "Joan"].map(Greet.init)
        let answers = try await client.enqueue(contentsOf: jobs)
        #expect(answers[0] == .inserted && answers[2] == .inserted)
        guard case .refused(.payloadTooLarge) = answers[1] else { throw Oops("\(answers[1])") }
        #expect(gate.calls == [2])
    }
}

private func keyed(_ key: String) throws -> JobOptions { JobOptions(uniqueKey: UniqueKey(try JobKey(key))) }

private struct Slow: Job {
    static let kind = "slow"
    static var options: JobOptions { JobOptions(queue: (try? QueueName("slow")) ?? .default, priority: 1) }
}

private struct Measured: Job {
    static let kind = "measured"
    let value: Double
}

private struct Nameless: Job {
    static let kind = ""
}

/// Counts inserts, holds them at a gate, and has room for small payloads only, a key in others' hands, or others' lock on
/// everything when told so.
private final class GatedStore: PassingStore {
    private struct State {
        var calls: [Int] = []
        var isOpen = false
        var limit = Int.max
        var held: JobKey?
        var whenRefused: (@Sendable () -> Void)?
    }

    let base: MemoryStore
    private let state = Mutex(State())

    init(_ base: MemoryStore) { self.base = base }

    var calls: [Int] { state.withLock { $0.calls } }
    func open() { state.withLock { $0.isOpen = true } }
    func limit(bytes: Int) { state.withLock { $0.limit = bytes } }
    func hold(_ key: JobKey) { state.withLock { $0.held = key } }
    /// Those that come from now on.
    func refuseAll(_ meanwhile: @escaping @Sendable () -> Void) { state.withLock { $0.whenRefused = meanwhile } }

    func insert(_ jobs: [NewJob]) async throws(StoreError) -> [Insertion] {
        let refused = state.withLock { state in
            state.calls.append(jobs.count)
            return state.whenRefused
        }
        while !state.withLock({ $0.isOpen }) { await Task.yield() }
        let (limit, held) = state.withLock { ($0.limit, $0.held) }
        if refused != nil || held != nil && jobs.contains(where: { $0.uniqueKey?.key == held }) {
            refused?()
            throw StoreError(.busy, operation: "insert", "somebody holds what this needs", isTransient: true)
        }
        if jobs.contains(where: { $0.payload.bytes.count > limit }) {
            throw StoreError(.full, operation: "insert", "no space left", isTransient: false)
        }
        return try await base.insert(jobs)
    }
}
