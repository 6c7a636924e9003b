import Testing

@testable import Hakobi

/// What comes unannounced is found sooner when more of it is to be expected, and a worker at rest asks rarely.
@Suite(.timeLimit(.minutes(1)))
struct PollPaceTests {
    private func poll(_ pace: inout PollPace, finds anything: Bool) {
        pace.polled(isNeeded: true)
        pace.claiming()
        _ = pace.claimed(anything: anything)
    }

    @Test func atRestItIsTheCeiling() {
        var pace = PollPace(ceiling: .seconds(1))
        for _ in 0..<100 { poll(&pace, finds: false) }
        #expect(pace.interval == .seconds(1))
    }

    @Test func aFindBringsTheNextOnesAndEachThatFindsNothingTakesTwiceTheTime() {
        var pace = PollPace(ceiling: .seconds(1))
        poll(&pace, finds: true)
        var waits: [Duration] = []
        for _ in 0..<7 {
            waits.append(pace.interval)
            poll(&pace, finds: false)
        }
        #expect(waits == [50, 100, 200, 400, 800, 1000, 1000].map { Duration.milliseconds($0) })
        poll(&pace, finds: true)
        #expect(pace.interval == .milliseconds(50))
    }

    @Test func neverRarerThanTheCeilingThatIsShorterThanTheFloor() {
        var pace = PollPace(ceiling: .milliseconds(10))
        poll(&pace, finds: true)
        #expect(pace.interval == .milliseconds(10))
    }

    @Test func whatAHintOrAFreeSlotFoundIsNoPollsMerit() {
        var pace = PollPace(ceiling: .seconds(1))
        func comesSooner() -> Bool { pace.claimed(anything: true) }
        pace.polled(isNeeded: true)
        pace.hinted()
        pace.claiming()
        #expect(!comesSooner())
        pace.polled(isNeeded: false)
        pace.claiming()
        #expect(!comesSooner())
        // The claim is on its way when the time to look comes: what it brings it would have brought anyhow.
        pace.claiming()
        pace.polled(isNeeded: true)
        #expect(!comesSooner())
        pace.claiming()
        #expect(comesSooner())
        #expect(pace.interval == .milliseconds(50))
    }
}
