import Foundation
import Testing

/// The tests' own way to run programs: some thousand times in one process.
@Suite("Programs that tests run")
struct RunTests {
    @Test func nothingOfThemStaysOpen() async throws {
        let folder = try Folder()
        for _ in 1...3 { _ = try await hakobi("--version", in: folder, input: "unread") }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        #expect(!open.contains { $0.hasPrefix(folder.path) })
    }
}
