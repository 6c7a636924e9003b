import Foundation
import HakobiCore
import Servers
import Testing

@testable import HakobiMySQL

/// A queue must not die of bloat: while one transaction keeps its snapshot, nothing that dies can be removed, and a claim
/// must read no more than twice of what it reads otherwise. The server's counts of rows leave out the dead entries that are
/// passed by in an index, so its pages are counted as well: against those of a new snapshot, since purges use pages too, and in
/// the median second, since a look that locks its way along all that is dead comes once in a thousand times its own length.
/// `make soak` carries 800 jobs a second for ten minutes; otherwise as many as that makes in 80 seconds are carried as fast as
/// it goes, and then some at that pace.
@Suite("A held snapshot on MariaDB", .serialized)
struct HeldSnapshotTests {
    private static let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] != nil

    @Test("a claim reads at most twice what it reads otherwise", .timeLimit(.minutes(20)))
    func reads() async throws {
        let server = try MariaDBServer()
        let clean = try await Stream(server).cost(.none, isSoak: Self.isSoak)
        let young = try await Stream(server).cost(.young, isSoak: Self.isSoak)
        let held = try await Stream(server).cost(.old, isSoak: Self.isSoak)
        print("a job on MariaDB: \(clean) clean, \(young) under a new snapshot, \(held) under an old one")
        #expect(held.claims < 2 * clean.claims)
        #expect(held.all < 2 * clean.all)
        #expect(held.pages < 2 * young.pages)
    }

    @Test("claims of one kind do not pass by what is dead of the next again and again", .timeLimit(.minutes(2)))
    func neighbours() async throws {
        let stream = try Stream(MariaDBServer())
        try await stream.place.withStore { store in
            let holder = try stream.hold()
            for _ in 0..<250 { for kind in ["a", "b"] { try await stream.turn(store, kind, jobs: 100) } }
            func pages(_ times: Int) async throws -> Double {
                let before = try stream.pages()
                for _ in 0..<times { #expect(try await store.claim(Sample.demand(["a"])).isEmpty) }
                return try stream.pages() - before
            }
            let first = try await pages(1)
            let next = try await pages(100)
            print("pages of a claim that finds nothing beside 50000 dead jobs: \(first), then \(next / 100)")
            #expect(next < 10 * max(first, 20_000))
            for kind in ["a", "b"] { try await store.serve(kind) }
            let before = try stream.pages()
            #expect(try await store.rescue(Rescue(.expired)).isEmpty)
            let look = try stream.pages() - before
            print("pages of a look for leases that ran out beside them: \(look)")
            #expect(look < 20_000)
            try holder.run("ROLLBACK")
        }
    }
}

/// What one job costs.
private struct Cost: CustomStringConvertible {
    /// Rows and entries of indexes that claims read, and that everything reads.
    var claims = 0.0
    var all = 0.0
    /// Pages that the server asks its pool for, in the median second.
    var pages = 0.0

    var description: String {
        let texts = [claims, all, pages].map { String(format: "%.2f", $0) }
        return "\(texts[0]) reads of claims, \(texts[1]) of all, \(texts[2]) pages"
    }
}

/// A transaction beside the jobs: none, one that begins just before they are measured, one under which many have died.
private enum Snapshot {
    case none, young, old
}

/// Jobs through one store, and what they cost the server.
private struct Stream {
    let place: OwnDatabase

    init(_ server: MariaDBServer) throws { place = try OwnDatabase(server) }

    /// Per job.
    func cost(_ snapshot: Snapshot, isSoak: Bool) async throws -> Cost {
        var cost = Cost()
        try await place.withStore { store in
            let holder = snapshot == .none ? nil : try hold()
            if snapshot == .old, isSoak {
                _ = try await keepPace(store, for: .seconds(540))
            } else {
                for _ in 0..<(snapshot == .old ? 640 : 20) { try await turn(store, jobs: 100) }
                _ = try await keepPace(store, for: .seconds(1))
            }
            try await store.forgetReads()
            var pagesAtSeconds = [try pages()]
            let jobs = Double(
                try await keepPace(store, for: .seconds(isSoak ? 60 : 6)) { pagesAtSeconds.append(try pages()) })
            cost.claims = Double(try await store.take.reads()) / jobs
            cost.all = Double(try await store.reads()) / jobs
            let seconds = zip(pagesAtSeconds.dropFirst(), pagesAtSeconds).map { $0 - $1 }.sorted()
            cost.pages = seconds[seconds.count / 2] / 800
            try holder?.run("ROLLBACK")
        }
        return cost
    }

    /// A transaction that keeps its snapshot.
    func hold() throws -> Client {
        let holder = try place.stranger()
        try holder.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try holder.run("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        return holder
    }

    func pages() throws -> Double {
        let line = try place.sql("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_read_requests'")
        return try #require(Double(line.split(separator: "\t").last ?? ""))
    }

    /// 800 jobs a second, with the housekeeping of a service.
    private func keepPace(
        _ store: MySQLStore, for length: Duration, eachSecond: () throws -> Void = {}
    ) async throws -> Int {
        let start = ContinuousClock.now
        let ticks = Int(length / .milliseconds(10))
        for tick in 0..<ticks {
            try await Task.sleep(until: start + .milliseconds(10) * tick, clock: .continuous)
            try await turn(store, jobs: 8)
            if tick % 100 == 99 { try eachSecond() }
            guard tick % 1500 == 500 else { continue }
            _ = try await store.owners()
            _ = try await store.rescue(Rescue(.expired))
            _ = try await store.prune(Retention(), limit: 500)
            _ = try await store.stats()
        }
        return ticks * 8
    }

    /// Some jobs come, are claimed together, and another claim finds nothing.
    func turn(_ store: MySQLStore, _ kind: String = "k", jobs: Int) async throws {
        _ = try await store.insert((0..<jobs).map { _ in try Sample.job(kind) })
        var claimed: [ClaimedJob] = []
        while true {
            let some = try await store.claim(Sample.demand([kind], slots: jobs + 4))
            guard !some.isEmpty else { break }
            claimed += some
        }
        #expect(claimed.count == jobs)
        let receipts = try await store.settle(claimed.map(Sample.completion))
        #expect(!receipts.contains(.lost))
    }
}
