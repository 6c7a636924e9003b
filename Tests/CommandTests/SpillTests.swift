import Foundation
import Testing

/// The database away, by the commands.
@Suite("A spill, by the commands")
struct SpillTests {
    private static let away = "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=2"
    private let folder: Folder

    init() throws { folder = try Folder() }

    @Test("what could not be enqueued waits, is told, and is carried over by a service")
    func carried() async throws {
        let none = try await hakobi("enqueue", "nap", "1", "--raw", "--store", Self.away, in: folder)
        #expect(none.status != 0 && none.output.isEmpty)
        var ids = try await hakobi("enqueue", "nap", "0", "--raw", in: folder).lines
        for line in ["1", "2"] {
            let run = try await hakobi(
                "enqueue", "nap", line, "--raw", "--store", Self.away, "--spill", "spill", in: folder)
            #expect(run.status == 0 && run.errors.count == 1, "\(run.error)")
            #expect(run.error.contains("jobs wait in spill until a service with this spill carries them over"))
            ids += run.lines
        }
        #expect(ids.count == 3)
        _ = try folder.file("hakobi.yaml", "spill: spill\n")
        let before = try await hakobi("doctor", in: folder)
        #expect(before.output.contains("2 jobs wait in spill, the first for"), "\(before.output)\(before.error)")
        #expect(try await hakobi("stats", in: folder).output.contains("spill: 2 jobs wait in spill, the first for"))
        let stats = try await hakobi("stats", "--json", in: folder).object()
        #expect((stats["spill"] as? [String: Any])?["waiting"] as? Int == 2)
        let run = try await Running(Built.fixture, ["up", "--once", "--processes", "0"], in: folder).end()
        #expect(run.status == 0 && run.error.contains("spilled jobs carried count=2"), "\(run.error)")
        let jobs = try await hakobi("jobs", "--json", in: folder).objects()
        #expect(Set(jobs.compactMap { $0["id"] as? String }) == Set(ids))
        #expect(jobs.allSatisfy { $0["state"] as? String == "completed" })
        #expect(try await hakobi("doctor", in: folder).output.contains("spill: nothing waits in spill"))
    }

    @Test("a reload follows the setting; a place that cannot be a spill is refused and the old one stays")
    func reload() async throws {
        _ = try folder.file("hakobi.yaml", "spill: one\n")
        let service = try Running(Built.fixture, ["up", "--processes", "1"], in: folder)
        await until { service.error.contains("ready") }
        _ = try folder.file("file", "no folder")
        _ = try folder.file("hakobi.yaml", "spill: file\n")
        service.send(SIGHUP)
        await until { service.error.contains("[CRITICAL]") }
        #expect(service.error.contains("file"), "\(service.error)")
        _ = try folder.file("hakobi.yaml", "spill: two\n")
        for spill in ["one", "two"] {
            let run = try await hakobi(
                "enqueue", "nap", "0", "--raw", "--store", Self.away, "--spill", spill, in: folder)
            #expect(run.status == 0, "\(run.error)")
            if spill == "one" {
                await until { service.error.contains("spilled jobs carried") }
                service.send(SIGHUP)
            }
        }
        let two = folder.path + "/two/new"
        let isCarried = try await until(20) { try FileManager.default.contentsOfDirectory(atPath: two).isEmpty }
        #expect(isCarried, "\(service.error)")
        service.send(SIGTERM)
        #expect(await service.end().status == 0, "\(service.error)")
    }
}
