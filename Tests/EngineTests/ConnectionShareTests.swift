import Glibc
import Testing

@testable import Hakobi

/// Services of one host share a limit of connections, and who is dead takes none.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionShareTests {
    private let directory = Directory()

    private final class Directory: Sendable {
        let path = "/dev/shm/hakobi-share-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
        deinit {
            unlink("\(path)/connections.lock")
            rmdir(path)
        }
    }

    private func life() throws -> Incarnation { try Incarnation.start(node: nil, directory: directory.path) }

    private func share(
        _ jobs: Int, perJob: Int = 1, ofStore: Int = 0, of limit: Int = 100, pool: String = "default",
        by service: String = "app 1.0"
    ) -> ConnectionShare {
        ConnectionShare(pool: pool, service: service, jobs: jobs, perJob: perJob, ofStore: ofStore, limit: limit)
    }

    @Test func sharesThatFitTogetherAreTakenAndTheNextIsRefusedByName() throws {
        let (first, second, third) = (try life(), try life(), try life())
        defer { for life in [first, second, third] { life.end() } }
        try first.take(share(60, by: "mail 1.0"))
        try second.take(share(15, perJob: 2, by: "thumbs 2.0"))
        let refused = #expect(throws: ConnectionsRefused.self) { try third.take(share(11)) }
        let sentence = try #require(refused?.description)
        let pid = getpid()
        for part in [
            "max-connections is 100", "11 jobs at once with 1 connections each need 11", "90 are taken",
            "mail 1.0 (pid \(pid)) 60", "thumbs 2.0 (pid \(pid)) 30", "at most 10 slots",
        ] { #expect(sentence.contains(part), "\(sentence)") }
        try third.take(share(10))
    }

    @Test func theStoresOwnCountToo() throws {
        let (first, second) = (try life(), try life())
        defer { for life in [first, second] { life.end() } }
        try first.take(share(10, perJob: 5, ofStore: 2, by: "mail 1.0"))
        let refused = #expect(throws: ConnectionsRefused.self) { try second.take(share(10, perJob: 5, ofStore: 2)) }
        let sentence = try #require(refused?.description)
        for part in [
            "10 jobs at once with 5 connections each need 50 and the store 2 more", "52 are taken", "at most 9 slots",
        ] { #expect(sentence.contains(part), "\(sentence)") }
    }

    @Test func theDeadTakeNothing() throws {
        let (dead, next) = (try life(), try life())
        defer { for life in [dead, next] { life.end() } }
        try dead.take(share(100))
        #expect(throws: ConnectionsRefused.self) { try next.take(share(1)) }
        // Its death: the kernel drops the lock, and the file stays.
        flock(dead.lock, LOCK_UN)
        try next.take(share(100))
    }

    @Test func aShareIsReplacedByTheSameServicesNextAndGivenUp() throws {
        let (one, other) = (try life(), try life())
        defer { for life in [one, other] { life.end() } }
        try one.take(share(80))
        try one.take(share(90))
        #expect(throws: ConnectionsRefused.self) { try other.take(share(20)) }
        try one.take(nil)
        try other.take(share(20))
        #expect(throws: ConnectionsRefused.self) { try one.take(share(90)) }
    }

    @Test func anotherPoolIsAnotherLimitAndTheSmallestOpinionHolds() throws {
        let (one, other) = (try life(), try life())
        defer { for life in [one, other] { life.end() } }
        try one.take(share(40, of: 50))
        try other.take(share(100, pool: "mysql"))
        let refused = #expect(throws: ConnectionsRefused.self) { try other.take(share(20, of: 1000)) }
        #expect(refused?.description.contains("max-connections is 50") == true)
    }

    @Test func whoReplacesAServiceIsNotRefusedForIt() throws {
        let (old, new) = (try life(), try life())
        defer { for life in [old, new] { life.end() } }
        try old.take(share(80))
        try new.take(share(80), replacing: getpid())
    }

    @Test func aRefusalAtTheStartLeavesNothing() throws {
        let (one, other) = (try life(), try life())
        defer { one.end() }
        try one.take(share(80))
        #expect(throws: ConnectionsRefused.self) { try other.takeFirst(share(80)) }
        #expect(access(other.path, F_OK) != 0)
    }

    @Test(arguments: ["", "x", "1 2 3", "1 2 x pool app"]) func whatIsNoShareIsNone(text: String) {
        #expect(TakenShare(text) == nil)
    }

    @Test func aShareReadsAsItWasWritten() {
        let taken = TakenShare(share(15, perJob: 2, by: "my app 2.0"), pid: 7)
        #expect(TakenShare(taken.text) == taken)
    }
}
