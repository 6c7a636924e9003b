import Foundation
import HakobiCore
import Testing

extension CrashTests {
    /// New code and settings under load.
    @Suite("Generations under load")
    struct GenerationTests {
        @Test("HUPs under load lose nothing, run nothing twice, burn no failure, and leave no gap")
        func hups() async throws {
            try await Site.with { site in
                let rounds = Site.isSoak ? 50 : 10
                let service = try site.up(processes: 2)
                let ids = try await site.enqueue("sleep", 10, count: rounds * 60)
                try await site.finished(20)
                let begin = monotonicNanoseconds()
                for round in 1...rounds {
                    service.signal(SIGHUP)
                    try await site.finished(20 + round * 30)
                }
                let end = monotonicNanoseconds()
                try await site.drained(within: .seconds(120))
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
                laws.expectUncharged(ids)
                let gap = laws.marks.longestGap(from: begin, to: end)
                let generations = Set(laws.records.values.compactMap { $0.history.last?.report?.generation })
                figure(
                    "\(rounds) HUPs under load",
                    "longest time without a completion \(gap) ms, \(generations.count) generations")
                #expect(gap < 200)
                #expect(generations.count >= rounds / 2, "generations in the history: \(generations.sorted())")
            }
        }

        @Test("HUP brings the binary that is now on disk, and history shows both releases")
        func newBinary() async throws {
            try await Site.with { site in
                let program = site.folder + "/service"
                try Build.copy(to: program)
                let service = try site.up(processes: 2, program: program)
                try await site.enqueue("sleep", 10, count: 200)
                try await site.finished(20)
                try Build.copy(to: program + ".new", release: "0002")
                try #require(rename(program + ".new", program) == 0)
                service.signal(SIGHUP)
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
                let releases = Set(laws.records.values.compactMap { $0.history.last?.report?.release })
                #expect(releases == ["crash-app-release-0001", "crash-app-release-0002"])
            }
        }

        @Test("a new generation that does not become ready leaves the old one serving")
        func brokenGeneration() async throws {
            try await Site.with { site in
                let broken = site.folder + "/broken"
                let service = try site.up(processes: 2, [], ["CRASH_BROKEN_START": broken])
                try await site.enqueue("ok", count: 20)
                try await site.drained()
                #expect(FileManager.default.createFile(atPath: broken, contents: nil))
                service.signal(SIGHUP)
                let ids = try await site.enqueue("sleep", 10, count: 200)
                try await site.drained()
                let before = Set(site.marks.finished.map(\.pid))
                #expect(before.count == 2, "the old processes did it all")
                try FileManager.default.removeItem(atPath: broken)
                service.signal(SIGHUP)
                try await until("a new generation serves", within: .seconds(60)) {
                    try await site.enqueue("ok", count: 2)
                    try await Task.sleep(for: .milliseconds(100))
                    return Set(site.marks.finished.map(\.pid)).count > 2
                }
                try await site.drained()
                try await site.stop(service)
                let laws = try await Laws.hold(at: site)
                laws.expectUncharged(ids)
                laws.expectEachStartedOnce()
            }
        }

        @Test("USR2 under load beside a second service: nothing is stolen, lost or run twice")
        func upgrade() async throws {
            try await Site.with { site in
                let pidFile = site.folder + "/pid"
                let beside = try site.up(processes: 1)
                let service = try site.up(processes: 2, ["--pid-file", pidFile])
                let ids = try await site.enqueue("sleep", 10, count: 600)
                try await site.finished(40)
                let begin = monotonicNanoseconds()
                service.signal(SIGUSR2)
                let status = try await service.end(within: .seconds(30))
                #expect(status == 0, "\(service.log.suffix(2000))")
                let end = monotonicNanoseconds()
                let successor = try #require(
                    pid_t((try String(contentsOfFileAt: pidFile)).trimmingCharacters(in: .whitespacesAndNewlines)))
                #expect(successor != service.pid && ProcessTable.isAlive(successor))
                try await site.drained()
                kill(successor, SIGTERM)
                try await until("the successor has ended") { !ProcessTable.isAlive(successor) }
                try await site.stop(beside)
                let laws = try await Laws.hold(at: site)
                laws.expectEachStartedOnce()
                laws.expectUncharged(ids)
                figure(
                    "USR2 under load",
                    "longest time without a completion \(laws.marks.longestGap(from: begin, to: end)) ms")
            }
        }
    }
}

/// Builds of the crash tests' program that differ in their release only.
private enum Build {
    static func copy(to path: String, release: String = "0001") throws {
        var bytes = try Data(contentsOf: URL(filePath: Site.programPath))
        let mark = Data("crash-app-release-0001".utf8)
        var found = 0
        var from = bytes.startIndex
        while release != "0001", let range = bytes.range(of: mark, in: from..<bytes.endIndex) {
            bytes.replaceSubrange(range, with: Data("crash-app-release-\(release)".utf8))
            from = range.upperBound
            found += 1
        }
        guard release == "0001" || found > 0 else { throw HarnessError("the program does not hold its release") }
        guard FileManager.default.createFile(atPath: path, contents: bytes, attributes: [.posixPermissions: 0o700])
        else { throw HarnessError("cannot write \(path)") }
    }
}
