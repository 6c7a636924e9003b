import Glibc

/// The places settings are written in, read but not yet understood.
struct SettingsSources: Sendable {
    /// From the strongest to the weakest.
    var layers: [SettingsLayer]
    /// What was wrong with the places themselves.
    var problems: [String]

    /// Flags, then the environment, then the file: the one named by `--config`, by HAKOBI_CONFIG, or `hakobi.yaml` here.
    init(flags: SettingsLayer, config: String?, environment: [String: String]) {
        layers = [flags, Self.layer(of: environment)]
        problems = Self.misspelt(environment)
        guard let path = config ?? environment["HAKOBI_CONFIG"] ?? Self.standardFile else { return }
        do throws(Unreadable) {
            let file = SettingsFile(text: try TextFile.read(path), path: path)
            layers.append(file.layer)
            problems += file.problems
        } catch {
            problems.append(error.description)
        }
    }

    /// Variables that are nearly, but not quite, a setting's. Others may be the user's own.
    private static func misspelt(_ environment: [String: String]) -> [String] {
        let known = SettingKey.all.flatMap(\.spellings).map(SettingKey.variable)
        let ours = known + ["HAKOBI_CONFIG", "HAKOBI_BENCH", "HAKOBI_JOB_ID", "HAKOBI_KIND", "HAKOBI_ATTEMPT"]
        return environment.keys.filter { $0.hasPrefix("HAKOBI_") && !ours.contains($0) }.sorted().compactMap { name in
            guard let near = known.first(where: { Spelling.distance(name, $0) == 1 }) else { return nil }
            return "there is no variable \(name): did you mean \(near)?"
        }
    }

    private static var standardFile: String? { access("hakobi.yaml", F_OK) == 0 ? "hakobi.yaml" : nil }

    private static func layer(of environment: [String: String]) -> SettingsLayer {
        var layer: SettingsLayer = [:]
        for key in SettingKey.all {
            let names = key.spellings.map(SettingKey.variable)
            guard let name = names.first(where: { environment[$0]?.isEmpty == false }), let text = environment[name]
            else { continue }
            let texts =
                if case .list(let separator) = key.shape { text.split(separator: separator).map(\.trimmed) } else {
                    [text]
                }
            layer[key] = RawSetting(texts: texts, origin: .environment(name))
        }
        return layer
    }
}

/// A whole file as text.
enum TextFile {
    static func read(_ path: String) throws(Unreadable) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable("cannot read \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            guard count > 0 else { throw Unreadable("cannot read \(path): \(String(cString: strerror(errno)))") }
            bytes += buffer[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable("\(path) is not UTF-8") }
        return text
    }
}
