import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// TERM at every moment of a service's life.
    @Suite("Graceful end")
    struct TermTests {
        private static let modes = [1, 0]

        @Test("idle: exit 0 at once", arguments: modes)
        func idle(processes: Int) async throws {
            try await Site.with { site in
                let service = try site.up(processes: processes)
                try await site.enqueue("ok")
                try await site.drained()
                let begin = monotonicNanoseconds()
                try await site.stop(service)
                figure(
                    "TERM to exit, idle, \(processes) processes", "\(milliseconds(monotonicNanoseconds() - begin)) ms")
                try await Laws.hold(at: site)
            }
        }

        @Test("during a job: it ends, nothing new begins, exit 0", arguments: modes)
        func duringAJob(processes: Int) async throws {
            try await Site.with { site in
                let service = try site.up(processes: processes)
                let ids = try await site.enqueue("sleep", 500, count: 6)
                try await site.started(1)
                try await site.stop(service)
                let laws = try await Laws.hold(at: site, .atRest)
                #expect(laws.marks.started.count == 1 && laws.marks.finished.count == 1)
                laws.expectUncharged(ids)
                #expect(laws.records.values.count { $0.state == .completed } == 1)
            }
        }

        @Test(
            "the grace is over: the job is given back uncharged, its process is killed and named, exit within the grace"
        )
        func graceOver() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 1, ["--grace", "1s"])
                let ids = try await site.enqueue("hang")
                try await site.started(1)
                let begin = monotonicNanoseconds()
                service.signal(SIGTERM)
                try await service.end()
                let took = milliseconds(monotonicNanoseconds() - begin)
                figure("TERM to exit with a hung job and a grace of 1 s", "\(took) ms")
                #expect(took < 4000)
                let pid = try #require(site.marks.started.first?.pid)
                #expect(!ProcessTable.isAlive(pid))
                #expect(service.log.contains("\(pid)"), "the killed process is not named: \(service.log)")
                #expect(service.log.contains("\(ids[0])"), "the cut job is not named: \(service.log)")
                let laws = try await Laws.hold(at: site, .atRest)
                laws.expectUncharged(ids)
                #expect(laws.records[ids[0]]?.state == .available)
                #expect(laws.records[ids[0]]?.history.map(\.outcome) == ["interrupted"])
            }
        }

        @Test("twice: it ends at once, and the job is given back uncharged", arguments: modes, ["hang", "block"])
        func twice(processes: Int, kind: String) async throws {
            try await Site.with { site in
                let service = try site.up(processes: processes)
                let ids = try await site.enqueue(kind, 60_000)
                try await site.started(1)
                let begin = monotonicNanoseconds()
                service.signal(SIGTERM)
                try await until("draining") { service.log.contains("draining") }
                service.signal(SIGTERM)
                try await service.end()
                let took = milliseconds(monotonicNanoseconds() - begin)
                figure("two TERMs to exit with a \(kind) job, \(processes) processes", "\(took) ms")
                #expect(took < 1000)
                #expect(service.log.contains("\(ids[0])"), "the cut job is not named: \(service.log)")
                let laws = try await Laws.hold(at: site, .atRest)
                laws.expectUncharged(ids)
                #expect(laws.records[ids[0]]?.state == .available)
                #expect(laws.records[ids[0]]?.history.map(\.outcome) == ["interrupted"])
            }
        }

        @Test("during start-up, at many moments: exit 0 or by the signal, and no process is left")
        func startUp() async throws {
            try await Site.with { site in
                for delay in stride(from: 0, to: 100, by: Site.isSoak ? 2 : 10) {
                    let service = try site.up(processes: 2, [], ["CRASH_SLOW_START": "30"])
                    try await Task.sleep(for: .milliseconds(delay))
                    let children = site.workers(of: service)
                    service.signal(SIGTERM)
                    let status = try await service.end(within: .seconds(10))
                    // Before its handlers are in place the signal's own action is the right one.
                    #expect(status == 0 || status == 128 + SIGTERM, "after \(delay) ms: \(status), \(service.log)")
                    try await until("no child is left") { children.allSatisfy { !ProcessTable.isAlive($0) } }
                }
            }
        }

        @Test("an interrupted long job is drained with its checkpoint and goes on in the next life")
        func cooperative() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 1, ["--grace", "300ms"])
                let ids = try await site.enqueue("sleep", 60_000)
                try await site.started(1)
                try await site.stop(service, within: .seconds(5))
                let laws = try await Laws.hold(at: site, .atRest)
                laws.expectUncharged(ids)
                #expect(laws.records[ids[0]]?.history.map(\.outcome) == ["interrupted"])
            }
        }
    }
}
