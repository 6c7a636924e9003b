import Foundation

/// The checkout that these tests were built from.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Everything that is not ours to judge: what git ignores, and git itself.
    private static let skipped: Set<String> = [".git", ".build", "api", "Package.resolved"]

    /// All files under a folder, as paths relative to the root, sorted.
    static func files(under folder: String = "", where keep: (String) -> Bool) -> [String] {
        let start = folder.isEmpty ? root : root.appending(path: folder)
        let base = root.path(percentEncoded: false)
        guard
            let walk = FileManager.default.enumerator(
                at: start, includingPropertiesForKeys: [.isRegularFileKey], options: [])
        else { return [] }
        var found: [String] = []
        for case let url as URL in walk {
            let name = url.lastPathComponent
            if skipped.contains(name) || name.hasPrefix(".build") { walk.skipDescendants() }
            guard (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true else { continue }
            let path = String(url.path(percentEncoded: false).dropFirst(base.count))
            if !skipped.contains(name), keep(path) { found.append(path.trimmingPrefix("/").description) }
        }
        return found.sorted()
    }

    static func swiftFiles(under folder: String) -> [String] { files(under: folder) { $0.hasSuffix(".swift") } }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}

/// One Swift file, read and taken apart once.
struct SwiftFile: Sendable {
    let path: String
    let text: SwiftText
    var name: String { String(path.split(separator: "/").last ?? "") }

    init(_ path: String) throws {
        self.path = path
        text = SwiftText(try SourceTree.text(path))
    }

    /// Every Swift file of Sources, Tests and Examples.
    static let all: [SwiftFile] = load(["Sources", "Tests", "Examples"])

    static var sources: [SwiftFile] { all.filter { $0.path.hasPrefix("Sources/") } }
    static var tests: [SwiftFile] { all.filter { $0.path.hasPrefix("Tests/") } }

    private static func load(_ folders: [String]) -> [SwiftFile] {
        folders.flatMap(SourceTree.swiftFiles).compactMap { path in
            do { return try SwiftFile(path) } catch {
                print("cannot read \(path): \(error)")
                return nil
            }
        }
    }
}
