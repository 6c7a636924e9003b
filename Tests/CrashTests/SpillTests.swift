import Foundation
import Glibc
import HakobiCore
import Servers
import Testing

extension CrashTests {
    /// The database away while jobs are enqueued, and those who enqueue them killed.
    @Suite("Spill")
    struct SpillTests {
        /// Half of the producers give each job an idempotency key.
        private static let producers = 4
        private static let jobs = Site.isSoak ? 10_000 : 2000
        /// At least so long is the database away; the longer it is, the more slowly jobs and deaths come.
        private static let outage = Site.isSoak ? Duration.seconds(600) : .zero
        private static let pause = Site.isSoak ? "200" : "0"
        private static let deaths: (count: Int, every: Duration) =
            Site.isSoak ? (20, .seconds(15)) : (12, .milliseconds(200))

        @Test("what was acknowledged while the database was away arrives, each job once")
        func away() async throws {
            let server = try PostgresServer()
            try await Site.with(url: server.freshStore()) { site in
                let spill = site.folder + "/spill"
                var feeders = try (0..<Self.producers).map { try feed(site, $0, spill) }
                try await until("some are in the database") { site.marks.acknowledged.count > 100 }
                try server.kill()
                let back = ContinuousClock.now + Self.outage
                var kills = 0
                // Who is killed begins again, with the keys that it had: a request that is sent once more.
                try await until("enough is acknowledged", within: .seconds(900), every: Self.deaths.every) {
                    let marks = site.marks
                    if marks.acknowledgedKeys.count == Self.jobs / 2, marks.acknowledged.count >= Self.jobs / 2 {
                        return true
                    }
                    let victim = Int.random(in: 0..<Self.producers)
                    if kills < Self.deaths.count || !ProcessTable.isAlive(feeders[victim].pid) {
                        feeders[victim].signal(SIGKILL)
                        feeders[victim] = try feed(site, victim, spill)
                        kills += 1
                    }
                    return false
                }
                for feeder in feeders { feeder.signal(SIGKILL) }
                let spilled = try waiting(in: spill)
                #expect(spilled > 0)
                try await Task.sleep(until: back)
                try server.start()
                try await carryOver(site, spill)
                try await expectEachOnce(site)
                #expect(try FileManager.default.contentsOfDirectory(atPath: spill + "/failed").isEmpty)
                let away = "away for \(Self.outage) at least"
                figure("spill", "\(away), \(Self.jobs) jobs, \(kills) producers killed, \(spilled) files carried")
            }
        }

        private func feed(_ site: Site, _ number: Int, _ spill: String) throws -> Running {
            var variables = ["CRASH_SPILL": spill, "CRASH_PAUSE": Self.pause]
            if number % 2 == 0 { variables["CRASH_KEYS"] = "p\(number)" }
            return try site.run(["feed", "ok", "0", "\(Self.jobs / Self.producers)", "4"], variables)
        }

        /// By two services of one host, which share the work.
        private func carryOver(_ site: Site, _ spill: String) async throws {
            let services = try (0..<2).map { _ in try site.up(processes: 1, ["--spill", spill]) }
            try await until("the spill is empty", within: .seconds(60)) { try waiting(in: spill) == 0 }
            try await site.drained()
            for service in services { try await site.stop(service) }
        }

        private func waiting(in spill: String) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: spill + "/new").count
        }

        /// Each acknowledged id is there, and each acknowledged key, once; each was handled once.
        private func expectEachOnce(_ site: Site) async throws {
            let laws = try await Laws.hold(at: site)
            laws.expectEachStartedOnce()
            let keys = laws.records.values.compactMap { $0.metadata["key"] }
            #expect(keys.count == Self.jobs / 2 && Set(keys) == site.marks.acknowledgedKeys)
            #expect(laws.records.values.allSatisfy { $0.state == .completed })
        }
    }
}
