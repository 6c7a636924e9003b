import HakobiTestKit
import Testing

@testable import Hakobi

/// A clock that only a test moves.
@Suite(.timeLimit(.minutes(1)))
struct ManualClockTests {
    private let clock = ManualClock(start: Timestamp(microseconds: 1_000_000))
    private let start: ManualClock.Instant
    private let log = Log()

    init() { start = clock.now }

    private func sleeper(_ seconds: Int) -> Task<Void, any Error> {
        Task { [clock, start, log] in
            try await clock.sleep(until: start.advanced(by: .seconds(seconds)), tolerance: nil)
            log.add("\(seconds)")
        }
    }

    @Test func itStandsStillUntilMoved() {
        #expect(clock.now.offset == .zero && clock.wall == Timestamp(microseconds: 1_000_000))
        clock.advance(by: .seconds(2))
        #expect(clock.now.offset == .seconds(2) && clock.wall == Timestamp(microseconds: 3_000_000))
        clock.advance(by: .seconds(-5))
        #expect(clock.now.offset == .seconds(2), "time does not go back")
    }

    @Test func aStepOfTheWallPassesNoTimeAndWakesNobody() async throws {
        let task = sleeper(10)
        await clock.waitForSleepers()
        clock.stepWall(by: .seconds(3600))
        #expect(clock.now.offset == .zero && clock.wall == Timestamp(microseconds: 3_601_000_000))
        clock.stepWall(by: .seconds(-7200))
        #expect(clock.wall == Timestamp(microseconds: -3_599_000_000))
        #expect(log.all.isEmpty)
        clock.advance(by: .seconds(10))
        try await task.value
    }

    @Test func whoseMomentHasComeWakesAndNobodyElse() async throws {
        let tasks = [sleeper(3), sleeper(1), sleeper(9)]
        await clock.waitForSleepers(3)
        clock.advance(by: .seconds(2))
        try await tasks[1].value
        #expect(log.all == ["1"])
        clock.advance(by: .seconds(1))
        try await tasks[0].value
        #expect(log.all == ["1", "3"])
        tasks[2].cancel()
        await #expect(throws: CancellationError.self) { try await tasks[2].value }
    }

    @Test func aMomentThatHasPassedIsNoSleep() async throws {
        clock.advance(by: .seconds(5))
        try await sleeper(5).value
        #expect(log.all == ["5"])
    }

    @Test func whoIsCancelledBeforeItSleepsNeverDoes() async {
        let mayGo = Doorbell()
        let task = Task { [clock, start] in
            await mayGo.wait()
            try await clock.sleep(until: start.advanced(by: .seconds(1)), tolerance: nil)
        }
        task.cancel()
        mayGo.ring()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func bothReadingsOfAStoresClockAreIts() {
        let store = clock.storeClock
        clock.advance(by: .seconds(1))
        clock.stepWall(by: .seconds(60))
        #expect(store.steady() == .seconds(1) && store.wall() == Timestamp(microseconds: 62_000_000))
    }
}
