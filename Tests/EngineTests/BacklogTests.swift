import HakobiTestKit
import Logging
import Testing

@testable import Hakobi

/// A backlog that grows for a whole interval is told of, once an interval; a burst that is worked off is not.
@Suite(.timeLimit(.minutes(1)))
struct BacklogTests {
    private let house = House()

    /// Looks each 15 s at a queue whose depth is a function of the minute; the minutes at which it was told.
    private func told(
        interval: Duration = .seconds(600), minutes: Int = 40, step: Duration = .seconds(15),
        _ depth: (Double) -> Int
    ) -> [(minute: Double, growth: BacklogWatch.Growth)] {
        var watch = BacklogWatch(interval: interval)
        var told: [(Double, BacklogWatch.Growth)] = []
        var now = Duration.zero
        while now < .seconds(60 * minutes) {
            let minute = Double(now.wholeMicroseconds) / 60_000_000
            let depths = [QueueName.default: BacklogWatch.Depth(waiting: depth(minute), oldest: .seconds(3))]
            for growth in watch.look(depths, now: now) where growth.isDue { told.append((minute, growth)) }
            now += step
        }
        return told
    }

    @Test func steadyGrowthIsToldAfterTheIntervalAndOnceAnIntervalFromThen() throws {
        let told = told { Int($0 * 30) }
        #expect(told.map(\.minute) == [10, 20, 30])
        let first = try #require(told.first?.growth)
        #expect(first.queue == .default && first.depth.waiting == 300 && first.depth.oldest == .seconds(3))
        #expect(abs(first.perMinute - 30) < 1)
    }

    @Test func growthUnderNoiseIsToldToo() {
        var generator = SeededNumbers(state: 7)
        #expect(told { Int($0 * 30) + Int.random(in: 0...50, using: &generator) }.count >= 3)
    }

    @Test func aBurstThatIsWorkedOffIsNot() { #expect(told { max(0, 100_000 - Int($0 * 2000)) }.isEmpty) }

    @Test func aStandingBacklogIsNot() { #expect(told { _ in 5000 }.isEmpty) }

    @Test func peaksThatComeAndGoAreNot() {
        #expect(told(minutes: 200) { $0.truncatingRemainder(dividingBy: 5) < 2 ? Int($0 * 100) : 0 }.isEmpty)
    }

    @Test func aQueueThatGrowsNoMoreIsLeftAlone() { #expect(told { min(360, Int($0 * 30)) }.map(\.minute) == [10]) }

    @Test func whenNobodyLookedForLongItStartsAnew() {
        #expect(told(step: .seconds(241)) { Int($0 * 30) }.isEmpty)
    }

    @Test func zeroIsOff() { #expect(told(interval: .zero) { Int($0 * 30) }.isEmpty) }

    @Test func pausedQueuesAreNotLookedAtAndKindsAreTakenTogether() throws {
        let (mail, other) = (try QueueName("mail"), try QueueName("other"))
        let kinds = [try Kind("a"), try Kind("b")]
        let lanes = [
            StoreStats.Lane(queue: mail, kind: kinds[0], isPaused: false, ready: 3, oldestReady: .seconds(1)),
            StoreStats.Lane(queue: mail, kind: kinds[1], isPaused: false, ready: 4, oldestReady: .seconds(9)),
            StoreStats.Lane(queue: other, kind: kinds[0], isPaused: true, ready: 5),
        ]
        #expect(BacklogWatch.depths(of: lanes) == [mail: .init(waiting: 7, oldest: .seconds(9))])
    }

    @Test(arguments: [(8, 8, "busy"), (4, 8, "busy"), (3, 8, "idle"), (0, 0, "no slot")])
    func theAdviceFitsWhatTheWorkerHas(busy: Int, slots: Int, word: String) {
        #expect(BacklogWatch.advice(busy: busy, slots: slots).contains(word))
    }

    @Test func aWorkerWarnsOfItsQueue() async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in try await untilCancelled() }
        let worker = try house.worker(handlers) { $0.backlogAlarm = .seconds(120) }
        try await house.during(worker) {
            try await house.advance(upTo: .seconds(600), step: .seconds(5)) {
                // The clock moves by 5 s at a time, and with it a job more.
                let count = Int(house.clock.now.offset / .seconds(5))
                while try await house.store.stats().lanes.reduce(0, { $0 + $1.ready + $1.running }) <= count {
                    try await house.client.enqueue(Greet(name: "Ada"))
                }
                return !house.lines.with("backlog").isEmpty
            }
            worker.drain(grace: .zero)
        }
        let line = try #require(house.lines.with("backlog").first)
        #expect(line.level == .warning)
        #expect(line.metadata["queue"] == "default" && line.metadata["do"]?.contains("busy") == true)
        #expect(line.metadata["per-minute"].flatMap(Double.init).map { (6...18).contains($0) } == true, "\(line)")
    }

    @Test func anIntervalTooShortToBeSeenIsRefused() {
        var settings = WorkerSettings()
        settings.backlogAlarm = .seconds(60)
        #expect(settings.validate() == ["backlog alarm is 60.0 seconds: it must be 2m or more, or 0s for none"])
        settings.backlogAlarm = .zero
        #expect(settings.validate().isEmpty)
    }
}

private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
