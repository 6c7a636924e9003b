import Testing

@Suite("Sizes")
struct SizeTests {
    /// A file of tests is a list of cases, which may be longer than one idea in code.
    static func fileLimit(_ path: String) -> Int { path.hasPrefix("Tests/") ? 400 : 300 }
    static let functionLimit = 45

    /// Files that may be longer, each with its reason.
    static let longFiles: [String: String] = [:]

    /// Functions that may be longer ("path name"), each with its reason.
    static let longFunctions: [String: String] = [:]

    @Test("No file is longer than its limit")
    func files() {
        let sizes = SwiftFile.all.map { ($0.path, $0.text.lines.count) }.sorted { $0.1 > $1.1 }
        print("largest files: " + sizes.prefix(8).map { "\($0.0) \($0.1)" }.joined(separator: ", "))
        for (path, lines) in sizes where lines > Self.fileLimit(path) && Self.longFiles[path] == nil {
            Issue.record("\(path) has \(lines) lines, over \(Self.fileLimit(path)): it holds more than one idea")
        }
    }

    @Test("No function is longer than its limit")
    func functions() {
        let sizes = SwiftFile.all.flatMap { $0.functions() }.sorted { $0.lines > $1.lines }
        let median = sizes.isEmpty ? 0 : sizes[sizes.count / 2].lines
        let ninetieth = sizes.isEmpty ? 0 : sizes[sizes.count / 10].lines
        print("functions: \(sizes.count), median \(median) lines, 90th percentile \(ninetieth); longest: ")
        for size in sizes.prefix(8) { print("  \(size.lines) \(size.path):\(size.line) \(size.name)") }
        for size in sizes where size.lines > Self.functionLimit {
            if Self.longFunctions["\(size.path) \(size.name)"] != nil { continue }
            Issue.record("\(size.path):\(size.line) \(size.name) has \(size.lines) lines, over \(Self.functionLimit)")
        }
    }

    @Test("Every exception still is one")
    func exceptions() {
        let files = Dictionary(SwiftFile.all.map { ($0.path, $0.text.lines.count) }, uniquingKeysWith: max)
        for path in Self.longFiles.keys {
            #expect(files[path, default: 0] > Self.fileLimit(path), "\(path) needs no exception")
        }
        let long = Set(
            SwiftFile.all.flatMap { $0.functions() }.filter { $0.lines > Self.functionLimit }
                .map { "\($0.path) \($0.name)" })
        for name in Self.longFunctions.keys { #expect(long.contains(name), "\(name) needs no exception") }
    }
}
