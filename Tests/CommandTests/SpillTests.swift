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
        #expect(before.output.contains("spill: 2 jobs wait in spill"), "\(before.output)\(before.error)")
        let run = try await Running(Built.fixture, ["up", "--once", "--processes", "0"], in: folder).end()
        #expect(run.status == 0 && run.error.contains("spilled jobs carried count=2"), "\(run.error)")
        let jobs = try await hakobi("jobs", "--json", in: folder).objects()
        #expect(Set(jobs.compactMap { $0["id"] as? String }) == Set(ids))
        #expect(jobs.allSatisfy { $0["state"] as? String == "completed" })
        #expect(try await hakobi("doctor", in: folder).output.contains("spill: nothing waits in spill"))
    }
}
