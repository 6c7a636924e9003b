import Foundation
import Testing

@Suite("Documents")
struct DocumentTests {
    static var pages: [String] { SourceTree.files { $0.hasSuffix(".md") } }

    @Test("Links between documents, and from them to files, resolve")
    func links() throws {
        for page in Self.pages {
            let folder = SourceTree.root.appending(path: page).deletingLastPathComponent()
            for link in try Self.links(in: SourceTree.text(page))
            where !link.contains("://") && !link.hasPrefix("mailto:") {
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let target = parts[0].isEmpty ? SourceTree.root.appending(path: page) : folder.appending(path: parts[0])
                let path = target.standardizedFileURL.path(percentEncoded: false)
                #expect(FileManager.default.fileExists(atPath: path), "\(page): nothing at \(link)")
                guard parts.count == 2, path.hasSuffix(".md"), FileManager.default.fileExists(atPath: path) else {
                    continue
                }
                let anchors = Self.anchors(in: try String(contentsOfFile: path, encoding: .utf8))
                #expect(anchors.contains(parts[1]), "\(page): no heading for \(link)")
            }
        }
    }

    @Test("The README is short enough to be read")
    func readme() throws {
        let lines = try SourceTree.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(lines <= 151, "README.md has \(lines) lines")
    }

    @Test("Swift in the documents is text of a file that is compiled")
    func code() throws {
        let compiled = SwiftFile.all.map { $0.text.lines.joined(separator: "\n") }
        for page in Self.pages {
            for block in try Self.swiftBlocks(in: SourceTree.text(page)) {
                #expect(compiled.contains { $0.contains(block) }, "\(page): this block is in no Swift file:\n\(block)")
            }
        }
    }

    @Test("docs/settings.md has every setting, and no other")
    func settings() throws {
        let expression = try NSRegularExpression(pattern: #"= SettingKey\("([a-z-]+)""#)
        let code = try SourceTree.text("Sources/HakobiCommand/Settings/SettingKey.swift")
        let known = expression.firstGroups(in: code)
        #expect(!known.isEmpty)
        let rows = try NSRegularExpression(pattern: #"(?m)^\| `([a-z-]+)`"#)
        let documented = rows.firstGroups(in: try SourceTree.text("docs/settings.md"))
        #expect(known == documented, "the settings, in the order of `check`")
    }

    @Test("docs/output.md names every field of the JSON that commands print")
    func fields() throws {
        let page = try SourceTree.text("docs/output.md")
        let expression = try NSRegularExpression(
            pattern: #"\("([a-zA-Z]+)", \.(text|string|count|integer|bool|time|seconds|optional|object|array)\("#)
        let output = SwiftFile.sources.filter { $0.path.hasPrefix("Sources/HakobiCommand/") }
        for file in output {
            for field in expression.firstGroups(in: file.text.uncommented.joined(separator: "\n")) {
                if !page.contains("`\(field)`") {
                    Issue.record("\(file.path) prints \"\(field)\"; docs/output.md does not say what it is")
                }
            }
        }
    }

    @Test("docs/output.md names every metric")
    func metrics() throws {
        let page = try SourceTree.text("docs/output.md")
        let expression = try NSRegularExpression(pattern: #""(hakobi_[a-z_]+)""#)
        let observer = SwiftFile.sources.filter { $0.path.hasPrefix("Sources/Hakobi/Observing/") }
        let names = observer.flatMap { expression.firstGroups(in: $0.text.uncommented.joined(separator: "\n")) }
        #expect(!names.isEmpty)
        for name in names { if !page.contains("`\(name)`") { Issue.record("docs/output.md lacks \(name)") } }
    }

    @Test("make test runs every test target")
    func rooms() throws {
        let script = try SourceTree.text("scripts/test.sh")
        let expression = try NSRegularExpression(pattern: #"\.testTarget\(\s*name: "(\w+)""#)
        let targets = expression.firstGroups(in: try SourceTree.text("Package.swift"))
        #expect(targets.contains("ArchitectureTests"))
        for target in targets { #expect(script.contains(target), "scripts/test.sh leaves \(target) out") }
    }

    @Test("Every decision states its context, decision and consequences")
    func decisions() throws {
        let pages = SourceTree.files(under: "docs/adr") { $0.hasSuffix(".md") }
        #expect(!pages.isEmpty)
        for page in pages {
            let text = try SourceTree.text(page)
            let anchors = Self.anchors(in: text)
            for section in ["Context", "Decision", "Consequences"] {
                let isThere = anchors.contains(section.lowercased()) || text.contains("**\(section).**")
                #expect(isThere, "\(page) has no section \(section)")
            }
        }
    }

    @Test("No file names a place of one machine")
    func places() throws {
        let places = ["/" + "work/"]
        for path in SourceTree.files(where: { !$0.hasSuffix(".db") }) {
            guard let text = try? SourceTree.text(path) else { continue }  // not text: nothing to read in it
            for place in places { #expect(!text.contains(place), "\(path) names \(place)") }
        }
    }

    /// The targets of `[text](target)` outside code blocks.
    static func links(in page: String) throws -> [String] {
        let expression = try NSRegularExpression(pattern: #"\]\(([^)\s]+)\)"#)
        return prose(of: page).flatMap { expression.firstGroups(in: $0) }
    }

    /// The code between "```swift" and "```", without the line breaks around it.
    static func swiftBlocks(in page: String) -> [String] {
        page.components(separatedBy: "```swift\n").dropFirst().map { rest in
            rest.components(separatedBy: "```")[0].trimmingCharacters(in: .newlines)
        }
    }

    /// What a heading can be linked by: lower case, spaces as hyphens, punctuation gone.
    static func anchors(in page: String) -> Set<String> {
        Set(
            prose(of: page).filter { $0.hasPrefix("#") }.map { heading in
                let title = heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                return title.compactMap { character -> String? in
                    if character == " " { return "-" }
                    return character.isLetter || character.isNumber || "-_".contains(character)
                        ? String(character) : nil
                }.joined()
            })
    }

    private static func prose(of page: String) -> [String] {
        var isCode = false
        return page.split(separator: "\n").map(String.init).filter { line in
            if line.trimmingCharacters(in: .whitespaces).hasPrefix("```") {
                isCode.toggle()
                return false
            }
            return !isCode
        }
    }
}
