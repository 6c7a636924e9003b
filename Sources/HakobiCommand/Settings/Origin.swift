/// Where a setting's value was written.
enum Origin: Sendable, Hashable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(path: String, line: Int)
    case `default`

    var description: String {
        switch self {
        case .flag(let name): name
        case .environment(let name): name
        case .file(let path, let line): "\(path) line \(line)"
        case .default: "default"
        }
    }
}

/// A value and where it was written.
struct Setting<Value: Sendable>: Sendable {
    let value: Value
    let origin: Origin
}

extension Setting: Equatable where Value: Equatable {}

/// What was written for one setting in one place, not yet understood.
struct RawSetting: Sendable, Hashable {
    let texts: [String]
    let origin: Origin
}

/// What one place says: key to texts.
typealias SettingsLayer = [SettingKey: RawSetting]
