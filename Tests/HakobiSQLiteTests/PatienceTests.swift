import Testing

@testable import HakobiSQLite

@Suite struct PatienceTests {
    @Test func `a caller stays only when nobody is before it`() {
        var patience = Patience()
        let (among, alone) = (patience.mayStay(isAlone: false), patience.mayStay(isAlone: true))
        #expect(!among && alone)
    }

    @Test func `after one stayed in vain the next ones suspend at once, for a while`() {
        var patience = Patience()
        patience.runOut()
        let others = (0..<Patience.rest).map { _ in patience.mayStay(isAlone: true) }
        let next = patience.mayStay(isAlone: true)
        #expect(!others.contains(true) && next)
    }
}
