import Foundation
import Testing

@Suite("Services of one host share a limit of connections")
struct ShareTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func service(_ processes: Int, _ release: String) throws -> Running {
        try Running(
            Built.hakobi,
            [
                "up", "--processes", "\(processes)", "--exec", "x=cat", "--set", "connections-per-job=5",
                "--set", "max-connections=12", "--set", "release=\(release)", "--set",
                "runtime-directory=\(folder.path)/run",
            ], in: folder)
    }

    @Test(arguments: [1, 0]) func theOneThatWouldPassItDoesNotStart(processes: Int) async throws {
        let first = try service(2, "r1")
        await until { first.error.contains("ready") }
        let second = try service(processes, "r2")
        let run = await second.end()
        #expect(run.status == 1)
        #expect(run.error.contains("hakobi r1 (pid \(first.pid)) 10") && run.error.contains("max-connections is 12"))
        first.send(SIGKILL)
        _ = await first.end()
        // Its worker process counts as long as it lives, which is not long.
        var third = try service(2, "r3")
        await until { third.error.contains("ready") || !third.isRunning }
        for _ in 0..<50 where !third.isRunning {
            third = try service(2, "r3")
            await until { third.error.contains("ready") || !third.isRunning }
        }
        #expect(third.error.contains("ready"), "\(third.error)")
        // The whole share would not fit twice: at a reload its own is not counted.
        third.send(SIGHUP)
        await until { third.error.contains("generation 2 serves") || third.error.contains("abandoned") }
        #expect(third.error.contains("generation 2 serves"), "\(third.error)")
        third.send(SIGTERM)
        #expect(await third.end().status == 0)
    }
}
