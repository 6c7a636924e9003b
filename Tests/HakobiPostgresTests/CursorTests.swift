import Testing

@testable import HakobiPostgres

@Suite("Where claims begin")
struct CursorTests {
    private let lane: Int32 = 2
    private let second: Int64 = 1_000_000

    private func look(_ cursors: inout LaneCursors, from start: Int64, head: Place?, at now: Int64) -> Bool {
        cursors.looked(lane, from: start, head: head, at: now)
    }

    @Test("What was taken, and what was found empty, is not walked over again, but for a quarter of a second")
    func forward() {
        var cursors = LaneCursors()
        #expect(cursors[lane] == .start)
        cursors.passed(lane, to: Place(due: 5 * second, row: 7), at: 10 * second)
        #expect(cursors[lane] == Place(due: 5 * second, row: 7))
        cursors.emptied(lane, at: 10 * second)
        #expect(cursors[lane].due == 10 * second - LaneCursors.slack)
        cursors.passed(lane, to: Place(due: 6 * second, row: 8), at: 10 * second)
        #expect(cursors[lane].due == 10 * second - LaneCursors.slack, "never backwards")
    }

    @Test("A look that meets nothing leaves the cursor where it is, not at the bottom")
    func emptyLook() {
        var cursors = LaneCursors()
        cursors.emptied(lane, at: 10 * second)
        #expect(!look(&cursors, from: .min, head: nil, at: 11 * second))
        #expect(cursors[lane].due == 11 * second - LaneCursors.slack)
        #expect(!look(&cursors, from: 2 * second, head: nil, at: 12 * second))
        #expect(cursors[lane].due == 11 * second - LaneCursors.slack)
    }

    @Test("A look that meets what claims have missed lets the next begin there", arguments: [.min, 3_000_000])
    func late(start: Int64) {
        var cursors = LaneCursors()
        cursors.emptied(lane, at: 10 * second)
        let late = Place(due: 4 * second, row: 9)
        #expect(look(&cursors, from: start, head: late, at: 11 * second))
        #expect(cursors[lane] < late && cursors[lane] == Place(due: 4 * second, row: 8))
        #expect(!look(&cursors, from: .min, head: Place(due: 11 * second, row: 3), at: 11 * second))
        #expect(cursors[lane].due == 11 * second - LaneCursors.slack)
    }

    @Test("A look from the bottom takes a cursor back that is ahead of the clock")
    func clockBack() {
        var cursors = LaneCursors()
        cursors.emptied(lane, at: 3600 * second)
        #expect(!look(&cursors, from: .min, head: nil, at: 60 * second))
        #expect(cursors[lane].due == 60 * second - LaneCursors.slack)
    }

    @Test("What becomes available during a claim is not passed by it")
    func lowered() {
        var cursors = LaneCursors()
        cursors.begin()
        cursors.lower(lane, to: 4 * second)
        cursors.emptied(lane, at: 10 * second)
        cursors.end()
        #expect(cursors[lane] == Place(due: 4 * second, row: .min))
    }

    @Test("Looks are taken while they are cheap, a hundredth of the time when they are not, short ones in between")
    func pace() {
        var looks = Looks()
        let start = ContinuousClock.now
        #expect(looks.next(at: start, isShort: false) == .all)
        looks.looked(.all, at: start, cost: .microseconds(300))
        #expect(looks.next(at: start + .milliseconds(5), isShort: true) == nil)
        #expect(looks.next(at: start + .milliseconds(7), isShort: true) == .all)
        #expect(looks.next(at: start + .milliseconds(900), isShort: false) == nil)
        #expect(looks.next(at: start + .milliseconds(1100), isShort: false) == .all)
        // One slow look is a slow server; two are a long way.
        looks.looked(.all, at: start + .milliseconds(200), cost: .milliseconds(200))
        #expect(looks.next(at: start + .milliseconds(300), isShort: true) == .all)
        looks.looked(.all, at: start + .milliseconds(200), cost: .milliseconds(200))
        #expect(looks.next(at: start + .milliseconds(300), isShort: true) == .near)
        looks.looked(.near, at: start + .milliseconds(303), cost: .milliseconds(3))
        #expect(looks.next(at: start + .milliseconds(400), isShort: true) == nil)
        #expect(looks.next(at: start + .milliseconds(700), isShort: true) == .near)
        #expect(looks.next(at: start + .seconds(21), isShort: false) == .all)
    }
}
