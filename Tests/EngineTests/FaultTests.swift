import Glibc
import HakobiTestKit
import Testing

@testable import Hakobi

/// The stores that tests break things with do what they say, and nothing else.
@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    private let clock = ManualClock()
    private let memory: MemoryStore
    private let faulty: FaultyStore

    init() {
        memory = MemoryStore(clock: clock.storeClock)
        faulty = FaultyStore(memory, clock: clock)
    }

    private func job() throws -> NewJob { NewJob(id: JobIDs.next(), kind: try Kind("work"), payload: Payload([])) }

    private func demand() throws -> Demand {
        Demand(
            queues: .all, kinds: [try Kind("work")], slots: 5, lonelySlots: 0, lease: .seconds(60),
            owner: Owner(node: "n", boot: "b", incarnation: "i"))
    }

    private func count() async throws -> Int { try await memory.stats().states[.available] ?? 0 }

    // MARK: FaultyStore

    @Test func aFaultBeforeDoesNothingAndSaysSo() async throws {
        faulty.add(.fail(.before, .busy), to: .insert, calls: 2...2)
        _ = try await faulty.insert([job()])
        let error = await #expect(throws: StoreError.self) { _ = try await faulty.insert([job()]) }
        #expect(error?.reason == .busy && error?.effect == .notDone && error?.isTransient == true)
        #expect(error?.operation == "insert")
        _ = try await faulty.insert([job()])
        #expect(try await count() == 2)
        #expect(faulty.calls(of: .insert) == 3 && faulty.calls(of: .claim) == 0)
    }

    @Test func aFaultAfterDoesItAndLosesTheAnswer() async throws {
        faulty.add(.fail(.after, isTransient: false), to: .insert)
        let error = await #expect(throws: StoreError.self) { _ = try await faulty.insert([job()]) }
        #expect(error?.reason == .unreachable && error?.effect == .unknown && error?.isTransient == false)
        #expect(try await count() == 1)
    }

    @Test func healingEndsEveryFault() async throws {
        faulty.add(.fail(.before), to: .insert)
        faulty.add(.fail(.after), to: .claim)
        faulty.heal()
        #expect(try await faulty.insert([job()]) == [.inserted])
        #expect(try await faulty.claim(demand()).count == 1)
    }

    @Test func everyMethodCanFailAndNoOtherDoes() async throws {
        for method in StoreMethod.allCases {
            let faulty = FaultyStore(memory, clock: clock)
            faulty.add(.fail(.before), to: method)
            var failed: [StoreMethod] = []
            let calls: [(StoreMethod, () async throws -> Void)] = [
                (.insert, { _ = try await faulty.insert([job()]) }),
                (.claim, { _ = try await faulty.claim(demand()) }),
                (.renew, { _ = try await faulty.renew([]) }), (.settle, { _ = try await faulty.settle([]) }),
                (.rescue, { _ = try await faulty.rescue(Rescue(.expired)) }),
            ]
            for (name, call) in calls { do { try await call() } catch { failed.append(name) } }
            #expect(failed == [method])
        }
    }

    @Test func aDelayWaitsOnItsClockAndACancelledOneSaysSo() async throws {
        faulty.add(.delay(.seconds(5)), to: .insert)
        let slow = Task { try await faulty.insert([job()]) }
        await clock.waitForSleepers()
        #expect(try await count() == 0)
        clock.advance(by: .seconds(5))
        #expect(try await slow.value == [.inserted])
        let cut = Task { try await faulty.insert([job()]) }
        await clock.waitForSleepers()
        cut.cancel()
        let error = await #expect(throws: StoreError.self) { _ = try await cut.value }
        #expect(error?.reason == .cancelled && error?.effect == .notDone)
        #expect(try await count() == 1)
    }

    // MARK: RecordingStore

    @Test func everyCallIsRememberedWithItsAnswerAndTold() async throws {
        faulty.add(.fail(.before), to: .renew)
        let recording = RecordingStore(faulty)
        let early = Task { await recording.first { $0.method == .claim } }
        let new = try job()
        _ = try await recording.insert([new])
        let claimed = try await recording.claim(demand())
        await #expect(throws: StoreError.self) { _ = try await recording.renew([]) }
        #expect(recording.calls.map(\.method) == [.insert, .claim, .renew])
        guard case .insert(let jobs, let answers) = recording.calls[0] else { throw Oops() }
        #expect(jobs == [new] && answers == [.inserted])
        guard case .claim(_, let taken) = try #require(await early.value) else { throw Oops() }
        #expect(taken.map(\.lease) == claimed.map(\.lease))
        let late = await recording.first { if case .failed(.renew, _) = $0 { true } else { false } }
        #expect(late != nil)
    }

    @Test func whoIsCancelledWhileWaitingForACallGetsNone() async {
        let recording = RecordingStore(memory)
        let waiting = Task { await recording.first { $0.method == .rescue } }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }

    // MARK: SelfKillingStore

    @Test(arguments: ["settle:1:before", "insert:12:after"]) func aPlanReadsAsItIsWritten(text: String) {
        #expect(SelfKillingStore.Plan(text)?.description == text)
    }

    @Test(arguments: ["", "settle", "settle:0:before", "settle:x:before", "settle:1:never", "close:1:after", "a:1:b:c"])
    func whatIsNoPlanIsNone(text: String) { #expect(SelfKillingStore.Plan(text) == nil) }

    @Test func theProcessDiesBeforeTheWork() async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let store = SelfKillingStore(MemoryStore(), plan: .init(.claim, .before))
            _ = try await store.rescue(Rescue(.expired))
            _ = try await store.claim(
                Demand(
                    queues: .all, kinds: [], slots: 1, lonelySlots: 0, lease: .seconds(60),
                    owner: Owner(node: "n", boot: "b", incarnation: "i")))
            exit(0)
        }
    }

    @Test func theProcessDiesAfterThePlannedCallAndNotBefore() async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let recording = RecordingStore(MemoryStore())
            let store = SelfKillingStore(recording, plan: .init(.rescue, call: 2, .after))
            _ = try await store.rescue(Rescue(.expired))
            guard recording.calls.count == 1 else { exit(1) }
            _ = try await store.rescue(Rescue(.expired))
            exit(0)
        }
    }

    @Test func otherCallsPass() async throws {
        let store = SelfKillingStore(memory, plan: .init(.settle, call: 2, .after))
        #expect(try await store.insert([job()]) == [.inserted])
        #expect(try await store.claim(demand()).count == 1)
        #expect(try await store.settle([]).isEmpty)
    }
}
