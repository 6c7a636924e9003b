import Foundation
import Testing

@Suite("Import arrows")
struct ImportTests {
    @Test("Every source file imports only what its module may", arguments: Module.all.map(\.name))
    func arrows(module name: String) throws {
        let module = try #require(Module.all.first { $0.name == name })
        let isCore = module.name == "HakobiCore"
        let allowed = Set(module.ours + module.others + (isCore ? [] : Module.common))
        for file in SwiftFile.sources where file.path.hasPrefix("Sources/\(module.name)/") {
            for (number, imported) in file.imports() where !allowed.contains(imported) {
                Issue.record("\(file.path):\(number) imports \(imported), which \(module.name) must not know")
            }
        }
    }

    @Test("Every folder of Sources is in the table")
    func noStranger() {
        let folders = Set(
            SwiftFile.sources.compactMap { $0.path.split(separator: "/").dropFirst().first.map(String.init) })
        let known = Set(Module.all.map(\.name))
        #expect(folders.subtracting(known).isEmpty, "a module that Arrows.swift does not list")
    }

    @Test("docs/modules.md shows the same table")
    func documented() throws {
        let page = try SourceTree.text("docs/modules.md")
        for module in Module.all {
            let names = (module.ours + module.others).map { "`\($0)`" }.joined(separator: ", ")
            let row = "| `\(module.name)` | \(module.duty) | \(names.isEmpty ? "–" : names) |"
            #expect(page.contains(row), "docs/modules.md lacks the row: \(row)")
        }
        let common = Module.common.map { "`\($0)`" }.joined(separator: ", ")
        #expect(page.contains(common), "docs/modules.md lacks the common set: \(common)")
    }
}

extension SwiftFile {
    /// The modules named by import lines, with their line numbers; `import struct A.B` counts as A.
    func imports() -> [(line: Int, module: String)] {
        text.code.enumerated().compactMap { index, line in
            let words = line.split(separator: " ").map(String.init)
            guard let position = words.firstIndex(of: "import"), position <= 3, words.count > position + 1,
                words[..<position].allSatisfy({ $0.hasPrefix("@") || Self.accessLevels.contains($0) })
            else { return nil }
            let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            let named = words[(position + 1)...].first { !kinds.contains($0) } ?? ""
            return (index + 1, String(named.prefix { $0 != "." }))
        }
    }

    private static let accessLevels: Set<String> = ["public", "package", "internal", "private", "fileprivate"]
}
