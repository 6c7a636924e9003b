import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// Jobs that end their process by a fault of their own.
    @Suite("Faults in handlers")
    struct FaultTests {
        @Test(
            "a fault costs at most two processes, and no neighbour a failure",
            arguments: ["trap", "segv", "oom", "exit"], [1, 4])
        func fault(kind: String, concurrency: Int) async throws {
            try await Site.with { site in
                let service = try site.up(processes: 2, concurrency: concurrency)
                let before = try await site.enqueue("sleep", 20, count: 40)
                let poison = try await site.enqueue(kind, kind == "exit" ? 137 : 0, priority: 6)[0]
                let after = try await site.enqueue("sleep", 20, count: 40)
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                let deaths = laws.marks.started.filter { $0.job == poison }.count
                figure("process deaths by a \(kind) job, concurrency \(concurrency)", "\(deaths)")
                #expect(deaths <= 2)
                let record = try #require(laws.records[poison])
                #expect(record.state == .dead)
                #expect(record.failures == 0)
                #expect(record.history.last?.cause.map { $0.signal != nil || $0.exitCode == 137 } == true)
                laws.expectUncharged(before + after)
                #expect((before + after).allSatisfy { laws.records[$0]?.state == .completed })
            }
        }

        @Test("a job that survives its second attempt is completed and its neighbours with it")
        func faultOnce() async throws {
            try await Site.with { site in
                let service = try site.up(processes: 2, concurrency: 4)
                let ids = try await site.enqueue("trap-once", count: 10)
                let neighbours = try await site.enqueue("sleep", 10, count: 100)
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                #expect(ids.allSatisfy { laws.records[$0].map { $0.state == .completed && $0.crashes <= 1 } == true })
                laws.expectUncharged(neighbours)
            }
        }
    }
}
