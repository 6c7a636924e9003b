import Foundation
import Testing

/// A worker process notices what a job left open, and says which job it was.
@Suite("One job is like one web request")
struct LeakTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func run(_ concurrency: Int, _ jobs: [String]) async throws -> (ids: [String], run: Run) {
        var ids: [String] = []
        for what in jobs {
            let kind = what == "nap" ? "nap" : "leak"
            ids += try await hakobi("enqueue", kind, kind == "nap" ? "1" : what, "--raw", in: folder).lines
        }
        let service = try Running(
            Built.fixture, ["up", "--once", "--processes", "1", "--concurrency", "\(concurrency)"], in: folder,
            environment: ["TMPDIR": folder.path])
        let run = await service.end()
        #expect(run.status == 0, "\(run.error)")
        return (ids, run)
    }

    private func warnings(_ run: Run) -> [String] { run.errors.filter { $0.contains("left something open") } }

    @Test func eachLeakIsALineThatNamesItsJob() async throws {
        let (ids, run) = try await run(1, ["none", "nap", "file", "none", "scratch", "socket", "none", "nap"])
        let lines = warnings(run)
        #expect(lines.count == 3, "\(run.error)")
        for (line, (id, what)) in zip(
            lines, [(ids[2], "descriptor"), (ids[4], "temporary-file"), (ids[5], "connection")])
        {
            #expect(line.contains(id) && line.contains("leak") && line.contains(what), "\(line)")
        }
        #expect(lines.first?.contains("-> /etc/hostname") == true)
        #expect(temporaryDirectories.isEmpty)
    }

    @Test func besideOtherJobsNobodyIsAccused() async throws {
        let (_, run) = try await run(4, ["file", "none", "socket"])
        #expect(warnings(run).isEmpty)
    }

    @Test func theTemporaryDirectoryOfAJobThatDiedIsRemoved() async throws {
        let (_, first) = try await run(1, ["die"])
        #expect(first.error.contains("signal 9") || first.error.contains("signal"), "\(first.error)")
        _ = try await run(1, ["none"])
        #expect(temporaryDirectories.isEmpty)
    }

    private var temporaryDirectories: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/hakobi-\(getuid())")) ?? []
    }
}
