import Foundation

/// A directory that goes with the test.
final class Scratch: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "hakobi-hello-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(at: url) } catch { print("left behind: \(url): \(error)") }
    }

    func file(_ name: String) throws -> FileHandle {
        let path = url.appending(path: name)
        try Data().write(to: path)
        return try FileHandle(forWritingTo: path)
    }

    func text(_ name: String) throws -> String { try String(contentsOf: url.appending(path: name), encoding: .utf8) }
}
