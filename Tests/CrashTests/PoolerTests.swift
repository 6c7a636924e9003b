import Foundation
import HakobiCore
import Servers
import Testing

extension CrashTests {
    /// A service that reaches its server through a pooler which lends sessions a transaction at a time.
    @Suite("Behind a pooler")
    struct PoolerTests {
        @Test("it drains, enqueues and renews without prepared statements and LISTEN, and says so once")
        func drains() async throws {
            let server = try PostgresServer()
            let pooler = try Pooler(before: server)
            try await Site.with(url: pooler.url(), own: server.url()) { site in
                let service = try site.up(processes: 2, concurrency: 4, ["--lease", "2s"])
                let renewed = try await site.enqueue("sleep", 5000, count: 2)
                let count = Site.isSoak ? 50_000 : 3000
                try await site.enqueue("ok", count: count)
                let begin = monotonicNanoseconds()
                let feed = try site.run(["feed", "ok", "0", "1000", "8"])
                #expect(try await feed.end(within: .seconds(60)) == 0, "\(feed.log) \(site.marks.other)")
                try await site.finished(count + 1000, within: .seconds(120))
                let seconds = Double(monotonicNanoseconds() - begin) / 1e9
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
                #expect(renewed.allSatisfy { laws.records[$0]?.attempt == 1 }, "a lease was not renewed")
                figure("drain behind a pooler", "\(Int(Double(count + 1000) / seconds)) jobs/s")
                let said = service.log.components(separatedBy: "a pooler in transaction mode").count - 1
                #expect(said == 1, "\(service.log)")
            }
        }
    }
}
