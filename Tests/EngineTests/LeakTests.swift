import Testing

@testable import Hakobi

/// What counts as left open, and which jobs are looked at. A whole worker process that leaks is in CommandTests.
struct LeakTests {
    @Test(arguments: [
        ("/var/log/app.log", Leak.What.descriptor), ("socket:[4711]", .connection), ("pipe:[4711]", .descriptor),
        ("/tmp/hakobi-0/x/file (deleted)", .temporaryFile), ("/memfd:scratch (deleted)", .temporaryFile),
        ("anon_inode:[pidfd]", .descriptor),
    ]) func targetsTellWhatItIs(target: String, what: Leak.What) throws {
        let leak = try #require(Leak(descriptor: 12, target: target))
        #expect(leak.what == what)
        #expect(leak.description == "\(what.rawValue) 12 -> \(target)")
    }

    @Test(arguments: ["anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]"])
    func whatRuntimesOpenForAllJobsIsNoLeak(target: String) { #expect(Leak(descriptor: 12, target: target) == nil) }

    private func look(_ looks: inout DescriptorLooks, ran: Duration, now: Duration, found: Bool = false) -> Int? {
        looks.isDue(ran: ran, now: now) ? looks.saw(nothing: !found, now: now) : nil
    }

    @Test func jobsThatRanForAHundredTimesALookAreLookedAt() {
        var looks = DescriptorLooks(cost: .microseconds(1))
        for moment in 0..<100 {
            #expect(look(&looks, ran: .microseconds(100), now: .microseconds(100 * moment)) == 0)
        }
    }

    @Test func ofAStreamOfQuickJobsOneInTenMillisecondsIs() {
        var looks = DescriptorLooks(cost: .microseconds(1))
        let seen = (0..<1000).compactMap { look(&looks, ran: .microseconds(20), now: .microseconds(50 * $0)) }
        #expect(seen == [0, 199, 199, 199, 199])
    }

    @Test func quickJobsThatComeSeldomAllAre() {
        var looks = DescriptorLooks(cost: .microseconds(1))
        for moment in 0..<100 { #expect(look(&looks, ran: .zero, now: .milliseconds(10 * moment)) == 0) }
    }

    @Test func afterALeakThatMayBeAnothersTheNextHundredAreLookedAtOneByOne() {
        var looks = DescriptorLooks(cost: .microseconds(1))
        #expect(look(&looks, ran: .zero, now: .zero) == 0)
        #expect(look(&looks, ran: .zero, now: .milliseconds(1)) == nil)
        #expect(look(&looks, ran: .zero, now: .milliseconds(11), found: true) == 1)
        let seen = (0..<150).count { look(&looks, ran: .zero, now: .milliseconds(11) + .microseconds($0)) != nil }
        #expect(seen == 100)
    }
}
