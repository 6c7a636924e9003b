import HakobiTestKit
import Synchronization
import Testing

@testable import Hakobi

/// What becomes of jobs while the store is away, for a client that has a spill.
@Suite(.timeLimit(.minutes(1)))
struct SpillTests {
    /// Keeps jobs in memory, or throws.
    private final class Kept: JobSpill {
        let jobs = Mutex<[NewJob]>([])
        let trouble: StoreError?
        init(trouble: StoreError? = nil) { self.trouble = trouble }

        func keep(_ jobs: [NewJob], because away: StoreError) async throws(StoreError) {
            if let trouble { throw trouble }
            self.jobs.withLock { $0 += jobs }
        }
    }

    private static let away = StoreError(.unreachable, operation: "insert", "insert: no", isTransient: true)

    private let house = House()

    private func client(_ spill: Kept) -> JobClient {
        JobClient(house.roles, spill: spill, clock: house.engineClock)
    }

    @Test(arguments: [StoreBoundary.before, .after])
    func whatTheStoreCannotTakeNowIsKept(boundary: StoreBoundary) async throws {
        let spill = Kept()
        house.faulty.add(.fail(boundary), to: .insert)
        let client = client(spill)
        let id = try await client.enqueue(Greet(name: "Ada"))
        let answers = try await client.enqueue(contentsOf: [Greet(name: "Grace"), Greet(name: "Edsger")])
        #expect(answers == [.spilled, .spilled])
        #expect(spill.jobs.withLock { $0.count } == 3 && spill.jobs.withLock { $0[0].id } == id)
        #expect(house.faulty.calls(of: .insert) == 1, "one try tells for all who come within its pause")
    }

    @Test func theStoreIsAskedAgainAfterAPauseAndHasAllFromThenOn() async throws {
        let spill = Kept()
        house.faulty.add(.fail(.before), to: .insert)
        let client = client(spill)
        try await client.enqueue(Greet(name: "spilled"))
        house.faulty.heal()
        try await client.enqueue(Greet(name: "spilled too"))
        house.clock.advance(by: .seconds(1))
        try await client.enqueue(Greet(name: "stored"))
        try await client.enqueue(Greet(name: "stored too"))
        #expect(spill.jobs.withLock { $0.count } == 2)
        #expect(try await house.store.stats().states[.available] == 2)
    }

    @Test func aStoreThatIsBusyForOneIsAskedForTheNext() async throws {
        let spill = Kept()
        house.faulty.add(.fail(.before, .busy), to: .insert, calls: 1...1)
        let client = client(spill)
        #expect(try await client.enqueue(contentsOf: [Greet(name: "Ada")]) == [.spilled])
        #expect(try await client.enqueue(contentsOf: [Greet(name: "Grace")]) == [.inserted])
    }

    @Test func refusalsAndWhatDoesNotPassAreNotKept() async throws {
        let spill = Kept()
        let client = client(spill)
        await #expect(throws: Refusal.self) { try await client.enqueue(Greet(name: "x"), JobOptions(priority: 11)) }
        house.faulty.add(.fail(.before, .schema, isTransient: false), to: .insert)
        await #expect(throws: StoreError.self) { try await client.enqueue(Greet(name: "x")) }
        #expect(spill.jobs.withLock { $0.isEmpty })
    }

    @Test(arguments: [StoreBoundary.before, .after], [StoreError.Effect.notDone, .unknown])
    func aSpillThatCannotTakeThemSaysBothReasonsAndWhatIsUnknown(
        boundary: StoreBoundary, effect: StoreError.Effect
    ) async throws {
        let full = StoreError(.full, operation: "spill", "spill: full", isTransient: true, effect: effect)
        house.faulty.add(.fail(boundary), to: .insert)
        let client = client(Kept(trouble: full))
        let error = await #expect(throws: StoreError.self) { try await client.enqueue(Greet(name: "x")) }
        #expect(error?.description.contains(", and spill: full") == true && error?.reason == .full)
        let isKnown = boundary == .before && effect == .notDone
        #expect(error?.effect == (isKnown ? .notDone : .unknown) && error?.isTransient == true)
        #expect(error?.description.contains("may be there all the same") == !isKnown)
    }

    @Test func whileTheStoreIsAwayOneCallerAPauseAsksIt() {
        var gate = SpillGate()
        let start = Duration.seconds(100)
        #expect(gate.reasonToStay(at: start) == nil)
        gate.failed(Self.away, at: start)
        #expect(gate.reasonToStay(at: start + .milliseconds(249)) != nil)
        #expect(gate.reasonToStay(at: start + .milliseconds(250)) == nil)
        #expect(gate.reasonToStay(at: start + .milliseconds(251)) != nil, "somebody is asking already")
        for _ in 0..<10 { gate.failed(Self.away, at: start) }
        #expect(gate.reasonToStay(at: start + .milliseconds(1999)) != nil)
        #expect(gate.reasonToStay(at: start + .seconds(2)) == nil)
        gate.answered()
        #expect(gate.reasonToStay(at: start) == nil)
    }
}
