/// Reads settings out of layers, the first that has a value winning, and gathers every problem on the way.
struct SettingsReader {
    /// Flags, environment, file: from the strongest to the weakest.
    let layers: [SettingsLayer]
    private(set) var problems: [String] = []
    private(set) var effective: [EffectiveSetting] = []

    init(layers: [SettingsLayer]) { self.layers = layers }

    mutating func add(problem: String) { problems.append(problem) }

    /// One value, or its default; a value that cannot be read is a problem, and the default stands in for it.
    mutating func one<Value>(
        _ key: SettingKey, _ standard: Value, show: (Value) -> String,
        _ read: (String) throws(Unreadable) -> Value
    ) -> Setting<Value> {
        let raw = layers.lazy.compactMap { $0[key] }.first
        var setting = Setting(value: standard, origin: .default)
        if let raw, let text = raw.texts.last {
            do throws(Unreadable) {
                setting = Setting(value: try read(text), origin: raw.origin)
            } catch {
                let shown = key == .store ? StoreLocation.masked(text) : text
                problems.append("\(key.name) is \"\(shown)\" (\(raw.origin)): \(error)")
            }
        }
        effective.append(EffectiveSetting(key: key, text: show(setting.value), origin: setting.origin))
        return setting
    }

    /// All values of a list; each one that cannot be read is a problem of its own.
    mutating func many<Value>(
        _ key: SettingKey, show: (Value) -> String, _ read: (String) throws(Unreadable) -> Value
    ) -> Setting<[Value]> {
        let raw = layers.lazy.compactMap { $0[key] }.first
        var values: [Value] = []
        for text in raw?.texts ?? [] {
            do throws(Unreadable) {
                values.append(try read(text))
            } catch {
                problems.append("\(key.name) has \"\(text)\" (\(raw?.origin ?? .default)): \(error)")
            }
        }
        let setting = Setting(value: values, origin: raw?.origin ?? .default)
        let text = values.isEmpty ? "-" : values.map(show).joined(separator: " ")
        effective.append(EffectiveSetting(key: key, text: text, origin: setting.origin))
        return setting
    }
}

/// One line of `check`: a setting, its value as text, and where it came from.
struct EffectiveSetting: Sendable, Hashable {
    let key: SettingKey
    let text: String
    let origin: Origin
}
