import Foundation

/// The programs that were built with the tests: they lie beside the test bundle.
enum Built {
    static let folder: String = {
        let image = CommandLine.arguments[0]
        let candidates = [Bundle.main.bundlePath, (image as NSString).deletingLastPathComponent]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0 + "/hakobi") } ?? ".build/debug"
    }()

    static let hakobi = folder + "/hakobi"
    static let fixture = folder + "/CommandFixture"
    static let mailApp = folder + "/MailApp"
    static let transactionApp = folder + "/TransactionApp"
}

/// A folder of a test's own, gone with it.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/hakobi-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return file
    }

    func read(_ name: String) -> String { (try? String(contentsOfFile: path + "/" + name, encoding: .utf8)) ?? "" }
}
