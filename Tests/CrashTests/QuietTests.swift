import Foundation
import HakobiCore
import Testing

extension CrashTests {
    /// What costs nothing, and clocks that are wrong.
    @Suite("Idleness and clocks")
    struct QuietTests {
        @Test("an idle service uses less than 1 % of a core", arguments: Place.allCases)
        func idle(place: Place) async throws {
            try await Site.with(place) { site in
                let service = try site.up(processes: 2)
                try await site.enqueue("ok", count: 20)
                try await site.drained()
                let seconds = Site.isSoak ? 60 : 10
                let pids = [service.pid] + site.workers(of: service)
                let before = pids.compactMap(ProcessTable.entry).map(\.ticks).reduce(0, +)
                try await Task.sleep(for: .seconds(seconds))
                let after = pids.compactMap(ProcessTable.entry).map(\.ticks).reduce(0, +)
                let share = Double(after - before) / Double(seconds)
                figure("idle service, parent and 2 children over \(seconds) s, \(place)", "\(share) % of a core")
                #expect(share < 1)
                try await site.stop(service)
            }
        }

        @Test(
            "a service whose wall clock is a minute off steals nothing and loses nothing", arguments: [60, -60],
            Place.allCases)
        func wrongClock(offset: Int, place: Place) async throws {
            try await Site.with(place) { site in
                let right = try site.up(processes: 2, ["--lease", "10s", "--set", "node=right"])
                try await site.enqueue("sleep", 1500, count: 2)
                try await site.started(2)
                var variables = try await WrongClock.variables(seconds: offset, in: site.folder)
                variables["CRASH_NODE"] = "wrong"
                let wrong = try site.run(["preforked"], variables)
                try await until("it works") { wrong.log.contains("ready: 2 worker processes") }
                let ids = try await site.enqueue("sleep", 20, count: 100)
                try await site.drained()
                try await site.stop(wrong)
                try await site.stop(right)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
                laws.expectUncharged(Array(laws.records.keys))
                let hosts = Set(ids.compactMap { laws.records[$0]?.history.last?.report?.host })
                // In a file a clock behind finds the jobs not due yet; a clock ahead works like any other, and may well do
                // them all while the right one sleeps. A server's clock is everybody's.
                #expect((place == .sqlite && offset < 0) || hosts.contains("wrong"), "who took part: \(hosts)")
            }
        }
    }
}
