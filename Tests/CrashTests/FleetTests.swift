import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// Several services on one file.
    @Suite("A fleet on one file")
    struct FleetTests {
        @Test(
            "8 services and an enqueuing process: each job done once, and no service starves", arguments: Place.allCases
        )
        func fleet(place: Place) async throws {
            try await Site.with(place) { site in
                let count = Site.isSoak ? 8000 : 4000
                let services = try (0..<8).map { try site.up(processes: 1, ["--set", "node=host\($0)"]) }
                try await until("all have a worker process") { services.allSatisfy { site.workers(of: $0).count == 1 } }
                try await Task.sleep(for: .seconds(1))
                let begin = monotonicNanoseconds()
                let feed = try site.run(["feed", "ok", "0", "\(count)", "16"])
                let status = try await feed.end(within: .seconds(120))
                #expect(status == 0, "the enqueuing process ended with \(status): \(feed.log)")
                let fed = monotonicNanoseconds()
                try await site.drained(within: .seconds(120))
                let seconds = Double(monotonicNanoseconds() - begin) / 1e9
                for service in services { try await site.stop(service) }
                let laws = try await Laws.hold(at: site)
                #expect(laws.records.count == count)
                laws.expectEachStartedOnce()
                let shares = Dictionary(
                    grouping: laws.records.values.compactMap { $0.history.last?.report?.host }, by: { $0 }
                ).mapValues(\.count)
                figure(
                    "8 services and an enqueuing process, \(count) jobs, \(place)",
                    "\(Int(Double(count) / seconds)) jobs/s, enqueued in \(milliseconds(fed - begin)) ms, "
                        + "shares \(shares.values.sorted())")
                #expect(shares.count == 8, "somebody starved: \(shares)")
                #expect((shares.values.min() ?? 0) >= count / 8 / 20, "somebody starved: \(shares)")
            }
        }

        @Test(
            "of two services on one host one is killed: the other gives back what it held, and finishes",
            arguments: Place.allCases)
        func neighbourDies(place: Place) async throws {
            try await Site.with(place) { site in
                let first = try site.up(processes: 2)
                let second = try site.up(processes: 2)
                try await site.enqueue("sleep", 40, count: 200)
                try await site.finished(20)
                for pid in [first.pid] + site.workers(of: first) { kill(pid, SIGKILL) }
                try await site.drained(within: .seconds(90))
                try await site.stop(second)
                try await Laws.hold(at: site)
            }
        }
    }
}
