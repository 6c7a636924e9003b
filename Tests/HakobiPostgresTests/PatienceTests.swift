import Testing

@testable import HakobiDatabase
@testable import HakobiPostgres

@Suite struct PatienceTests {
    @Test func `a caller may stay until one stayed in vain, then the next ones suspend at once, for a while`() {
        var patience = Patience()
        let first = patience.mayStay()
        patience.runOut()
        let others = (0..<Patience.rest).map { _ in patience.mayStay() }
        let next = patience.mayStay()
        #expect(first && !others.contains(true) && next)
    }
}
