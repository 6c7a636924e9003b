import HakobiPrograms
import Yams

/// A settings file read as one layer, with the line of each value.
///
/// ```yaml
/// store: sqlite:/var/lib/hakobi/jobs.db
/// processes: 4
/// queue: { mail: 3, default: 1 }
/// exec:
///   resize: /usr/local/bin/resize
/// ```
struct SettingsFile {
    private(set) var layer: SettingsLayer = [:]
    private(set) var problems: [String] = []
    private let path: String

    /// Understands the shape of a file's text; the values are understood later, together with those of other places.
    init(text: String, path: String) {
        self.path = path
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            guard let mapping = root.mapping else {
                problems.append("\(path) line \(line(root)): settings are written as \"name: value\", one a line")
                return
            }
            for (key, value) in mapping { take(key, value) }
        } catch {
            problems.append("\(path): \(Self.sentence(error))")
        }
    }

    private mutating func take(_ keyNode: Node, _ value: Node) {
        let spelling = keyNode.scalar?.string ?? ""
        guard let key = SettingKey.named(spelling) else {
            let names = SettingKey.all.flatMap(\.spellings)
            let hint = Spelling.nearest(to: spelling, among: names).map { ": did you mean \"\($0)\"?" } ?? ""
            problems.append("\(path) line \(line(keyNode)): there is no setting \"\(spelling)\"\(hint)")
            return
        }
        let origin = Origin.file(path: path, line: line(keyNode))
        if layer[key] != nil { problems.append("\(origin): \"\(key.name)\" is set twice") }
        guard let texts = texts(of: value, key) else {
            problems.append("\(origin): \"\(spelling)\" \(Self.shapeRule(key))")
            return
        }
        // `name:` with nothing behind it says nothing.
        if value.scalar?.string.isEmpty != true { layer[key] = RawSetting(texts: texts, origin: origin) }
    }

    private func texts(of value: Node, _ key: SettingKey) -> [String]? {
        switch (value, key.shape) {
        case (.scalar(let scalar), _): return [scalar.string]
        case (.sequence(let sequence), .list):
            let items = sequence.compactMap(\.scalar?.string)
            return items.count == sequence.count ? items : nil
        case (.mapping(let mapping), .list):
            let items = mapping.compactMap { pair -> String? in
                guard let name = pair.key.scalar?.string, let item = pair.value.scalar?.string else { return nil }
                return "\(name)=\(item)"
            }
            return items.count == mapping.count ? items : nil
        default: return nil
        }
    }

    private static func shapeRule(_ key: SettingKey) -> String {
        key.shape == .single ? "has one value" : "is a list of values, or a mapping of name to value"
    }

    private func line(_ node: Node) -> Int { node.mark?.line ?? 1 }

    private static func sentence(_ error: any Error) -> String {
        let text = (error as? YamlError).map(\.description) ?? "\(error)"
        return "not YAML: " + text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
