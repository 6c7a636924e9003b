import HakobiCore
import HakobiTestKit
import Testing

@Suite("Retry policies")
struct RetryPolicyTests {
    @Test("the default grows threefold from three seconds up to six hours")
    func growth() {
        let policy = RetryPolicy.exponential()
        #expect((1...4).map { policy.baseDelay($0) } == [.seconds(3), .seconds(9), .seconds(27), .seconds(81)])
        for failures in [20, 1000, 1_000_000] { #expect(policy.baseDelay(failures) == .seconds(21_600)) }
    }

    @Test("no number of failures is out of range", arguments: [Int.min, -1, 0, 1])
    func small(_ failures: Int) { #expect(RetryPolicy.exponential().baseDelay(failures) == .seconds(3)) }

    @Test("the delay is never below the base and never above base plus jitter")
    func bounds() {
        var generator = SeededGenerator(seed: 1)
        let policy = RetryPolicy.exponential(jitter: 0.25)
        for failures in 1...9 {
            guard let base = policy.baseDelay(failures) else { continue }
            for _ in 0..<200 {
                guard case .after(let delay) = policy.decide(failures: failures, maxFailures: 10, using: &generator)
                else {
                    Issue.record("gave up after \(failures) failures")
                    return
                }
                #expect(delay >= base && delay <= base + base * 0.25)
            }
        }
    }

    @Test("jitter spreads what failed together")
    func spread() {
        var generator = SeededGenerator(seed: 2)
        let policy = RetryPolicy.exponential()
        let delays = (0..<100).map { _ in policy.decide(failures: 3, maxFailures: 10, using: &generator) }
        #expect(Set(delays).count > 90)
    }

    @Test("the last allowed failure is the end, and so is every one after it", arguments: [10, 11, 1000])
    func end(_ failures: Int) {
        var generator = SeededGenerator(seed: 3)
        #expect(RetryPolicy.exponential().decide(failures: failures, maxFailures: 10, using: &generator) == .never)
    }

    @Test("a policy may give up by itself")
    func givingUp() {
        var generator = SeededGenerator(seed: 4)
        let policy = RetryPolicy { $0 < 3 ? .seconds(1) : nil }
        #expect(policy.decide(failures: 2, maxFailures: 10, using: &generator) == .after(.seconds(1)))
        #expect(policy.decide(failures: 3, maxFailures: 10, using: &generator) == .never)
        #expect(RetryPolicy.never.decide(failures: 1, maxFailures: 10, using: &generator) == .never)
    }

    @Test("a constant policy is constant")
    func constant() {
        var generator = SeededGenerator(seed: 5)
        for failures in 1...9 {
            let retry = RetryPolicy.constant(.seconds(7)).decide(failures: failures, maxFailures: 10, using: &generator)
            #expect(retry == .after(.seconds(7)))
        }
    }
}
