import HakobiTestKit
import Testing

@testable import Hakobi

/// How soon anybody looks for what the dead held.
@Suite(.timeLimit(.minutes(1)))
struct HouseTests {
    @Test(arguments: [(1, 45), (3, 15), (10, 5), (45, 1), (60, 1), (3600, 1)])
    func aThirdOfALeaseAndNoMoreThanARoundLiesBetweenTwoLooks(lease: Int, looks: Int) {
        let rhythm = HouseRhythm(lease: .seconds(lease))
        #expect(rhythm.looks == looks)
        #expect(rhythm.interval <= .seconds(lease) / 3 && rhythm.interval <= .seconds(15))
        for _ in 0..<100 {
            let pause = rhythm.pause()
            #expect(pause >= rhythm.interval * 0.8 && pause <= rhythm.interval * 1.2)
        }
    }

    @Test func shortLeasesAreLookedForMoreOftenThanTheHouseIsKept() async throws {
        let house = House()
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in }
        let worker = try house.worker(handlers) { $0.lease = .seconds(3) }
        try await house.during(worker) {
            // Past the first moments, in which everybody looks often.
            try await house.advance(upTo: .seconds(60)) { house.clock.now.offset > .seconds(30) }
            let before = house.faulty.calls(of: .rescue)
            // Ten seconds are enough when everybody gets a turn in time; a look a round would take 120.
            try await house.advance(upTo: .seconds(50)) { house.faulty.calls(of: .rescue) >= before + 10 }
        }
    }
}
