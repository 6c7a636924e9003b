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

        @Test(
            "with backtraces a hard limit sends SIGABRT first, and SIGKILL to who does not hear it",
            arguments: [("block", SIGABRT), ("deaf", SIGKILL)])
        func abortsFirst(kind: String, last: Int32) async throws {
            try await Site.with { site in
                let service = try site.up(processes: 1, ["--set", "backtraces=yes"])
                let stuck = try await site.enqueue(
                    kind, 60_000, maxFailures: 1, limits: TimeLimits(hard: .milliseconds(500)))[0]
                try await site.started(1)
                let pid = try #require(site.marks.started.first?.pid)
                let after = try await site.enqueue("ok", count: 5)
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                let record = try #require(laws.records[stuck])
                #expect(record.state == .dead && record.failures == 1 && record.crashes == 0)
                #expect(record.history.last?.error?.contains("hard time limit of 0.5 seconds passed") == true)
                let ran = record.history.last?.report?.ran ?? .zero
                figure("hard limit of 500 ms with backtraces, a \(kind) handler", "gone after \(ran)")
                // Who hears it may use the moment for a backtrace; who does not has had it.
                #expect(ran >= .milliseconds(last == SIGKILL ? 5500 : 500) && ran < .seconds(8))
                #expect(service.log.contains("killing worker process \(pid): a job passed its hard time limit"))
                // A backtrace may take all of the moment it has, on a slow machine: it says the signal then.
                let words = ["worker process \(pid) (generation 1) was ended by signal \(last)", "*** Signal \(last)"]
                #expect(words.contains { service.log.contains($0) }, "\(service.log.suffix(2000))")
                #expect(service.log.contains("\(stuck)"), "the job is not named")
                laws.expectUncharged(after)
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
