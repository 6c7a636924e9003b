import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// Jobs that take too long, and the others beside them.
    @Suite("Time limits and neighbours")
    struct LimitTests {
        @Test("a hard limit kills, charges a failure, and the process is replaced")
        func hardLimit() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 1)
                let stuck = try await site.enqueue(
                    "block", 60_000, maxFailures: 1, limits: TimeLimits(hard: .milliseconds(500)))[0]
                try await site.started(1)
                let after = try await site.enqueue("ok", count: 5)
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                let record = try #require(laws.records[stuck])
                #expect(record.state == .dead && record.failures == 1)
                let ran = record.history.last?.report?.ran ?? .zero
                figure("hard limit of 500 ms", "killed after \(ran)")
                #expect(ran >= .milliseconds(500) && ran < .seconds(3))
                laws.expectUncharged(after)
                #expect(Set(laws.marks.started.map(\.pid)).count == 2)
            }
        }

        @Test("a stuck job delays no other worker's jobs")
        func stuck() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 2, ["--grace", "100ms"])
                let stuck = try await site.enqueue("block", 60_000)[0]
                try await site.started(1)
                let begin = monotonicNanoseconds()
                let others = try await site.enqueue("ok", count: 100)
                try await until("the others are done", within: .seconds(5)) {
                    Set(site.marks.finished.map(\.job)).isSuperset(of: others)
                }
                figure("100 jobs beside a stuck one", "\(milliseconds(monotonicNanoseconds() - begin)) ms")
                service.signal(SIGTERM)
                try await service.end(within: .seconds(10))
                let laws = try await Laws.hold(at: site, .atRest)
                laws.expectUncharged([stuck] + others)
            }
        }

        @Test("n jobs of 1 s on n processes take about 1 s")
        func parallel() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 4)
                try await site.enqueue("ok", count: 20)
                try await site.drained()
                let begin = monotonicNanoseconds()
                try await site.enqueue("block", 1000, count: 4)
                try await site.drained()
                let took = milliseconds(monotonicNanoseconds() - begin)
                figure("4 jobs of 1 s on 4 processes", "\(took) ms")
                #expect(took < 1900)
                try await site.stop(service)
                try await Laws.hold(at: site)
            }
        }
    }
}
