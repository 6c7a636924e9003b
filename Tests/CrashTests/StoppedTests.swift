import Glibc
import HakobiCore
import Testing

extension CrashTests {
    /// Processes that are stopped and come back as if nothing had happened.
    @Suite("Stopped processes")
    struct StoppedTests {
        @Test("a parent stopped past its lease settles nothing when it comes back", arguments: Place.allCases)
        func parent(place: Place) async throws {
            try await Site.with(place) { site in
                let stale = try site.up(processes: 2, ["--lease", "1s", "--set", "node=stale"])
                let ids = try await site.enqueue("sleep", 600, count: 2)
                try await site.started(2)
                stale.signal(SIGSTOP)
                // The lease ends, and the children's outcomes lie in the pipe.
                try await site.finished(2)
                try await Task.sleep(for: .seconds(2))
                let heir = try site.up(processes: 2, ["--lease", "30s", "--set", "node=heir"])
                try await site.started(4)
                stale.signal(SIGCONT)
                try await site.finished(4)
                try await site.drained()
                try await site.enqueue("ok", count: 20)
                try await site.drained()
                try await site.stop(heir)
                try await site.stop(stale)
                let laws = try await Laws.hold(at: site)
                for id in ids {
                    let record = try #require(laws.records[id])
                    #expect(record.state == .completed && record.attempt == 2)
                    #expect(record.history.last?.report?.host == "heir", "the stale one settled \(id)")
                    #expect(record.failures == 0 && record.crashes == 0)
                }
                #expect(stale.log.contains("lost"), "the stale one says that it lost its leases")
            }
        }

        @Test(
            "a parent stopped past its lease and killed before it comes back loses nothing", arguments: Place.allCases)
        func parentThenKilled(place: Place) async throws {
            try await Site.with(place) { site in
                let stale = try site.up(processes: 2, ["--lease", "1s"])
                try await site.enqueue("sleep", 50, count: 20)
                try await site.finished(4)
                stale.signal(SIGSTOP)
                try await Task.sleep(for: .seconds(2))
                let heir = try site.up(processes: 2)
                // It may have been stopped inside a transaction: then nobody else can write before it is gone.
                stale.signal(SIGKILL)
                try await site.drained(within: .seconds(90))
                try await site.stop(heir)
                try await Laws.hold(at: site)
            }
        }

        @Test(
            "a stopped child's job is ended by its hard limit, its neighbours go on, and nothing is lost",
            arguments: Place.allCases)
        func child(place: Place) async throws {
            try await Site.with(place) { site in
                let service = try site.up(processes: 2, ["--hard-limit", "2s"])
                try await site.enqueue("sleep", 300, count: 2)
                try await site.started(2)
                let stopped = try #require(site.marks.started.first)
                kill(stopped.pid, SIGSTOP)
                let others = try await site.enqueue("ok", count: 50)
                try await until("the others are done while one is stopped", within: .seconds(2)) {
                    Set(site.marks.finished.map(\.job)).isSuperset(of: others)
                }
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                #expect(!ProcessTable.isAlive(stopped.pid))
                laws.expectUncharged(others)
            }
        }

        @Test("a child stopped for a moment loses and repeats nothing", arguments: Place.allCases)
        func childForAMoment(place: Place) async throws {
            try await Site.with(place) { site in
                let service = try site.up(processes: 2)
                try await site.enqueue("sleep", 50, count: 40)
                for round in 1...5 {
                    try await site.started(round * 5)
                    let pid = try #require(site.marks.started.last?.pid)
                    kill(pid, SIGSTOP)
                    try await Task.sleep(for: .milliseconds(120))
                    kill(pid, SIGCONT)
                }
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
            }
        }
    }
}
