import Foundation
import Servers
import Testing

/// The README's hello as a reader has it: a package of its own, built from nothing, run with worker processes.
@Suite("Examples/Hello", .serialized, .timeLimit(.minutes(20)))
struct HelloTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    /// Kept between runs: the dependencies take minutes.
    private static let package = root + "/Examples/Hello"

    @Test func itIsBuiltAndRunsPreforked() async throws {
        let folder = try Folder()
        let build = try await Running(
            "/usr/bin/env",
            [
                "swift", "build", "--package-path", Self.package, "-j", "2",
            ], in: folder
        ).end(within: 1100)
        try #require(build.status == 0, "\(build.output.suffix(2000)) \(build.error.suffix(2000))")
        try await greets(Self.package + "/.build/debug/hello", in: folder)
    }

    @Test func onAServerItIsTheSameButForOneFlag() async throws {
        let (postgres, mariadb) = (try PostgresServer.shared(), try MariaDBServer.shared())
        for store in [postgres.url(database: try postgres.database()), mariadb.url(database: try mariadb.database())] {
            try await greets(Built.folder + "/HelloWithTraits", ["--store", store], in: try Folder())
        }
    }

    private func greets(_ hello: String, _ store: [String] = [], in folder: Folder) async throws {
        let service = try Running(hello, ["up", "--processes", "2"] + store, in: folder)
        // Whoever comes first makes the tables.
        let made = try await Running(hello, ["enqueue", "greet", #"{"name":"world"}"#] + store, in: folder).end()
        #expect(made.status == 0, "\(made.error)")
        await until { service.error.contains("job completed") }
        #expect(service.error.contains("Hello, world!"), "\(service.error)")
        service.send(SIGTERM)
        #expect(await service.end().status == 0)
    }
}
