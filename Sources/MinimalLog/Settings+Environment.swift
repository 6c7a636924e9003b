extension MinimalLog.Settings {
    /// What the environment says over the defaults: `LM_DEBUG`, `LM_COLOR`, `LM_DEFAULT_COLOR`, and modules' own debug variables.
    ///
    /// A variable is true when it is neither empty nor `0`. Colours are `LEVEL=TEXT;BACKGROUND` with either side left out at will,
    /// levels apart by `:`, as in `debug=red:info=;cyan:critical=yellow;red`; each entry replaces all of that level's.
    ///
    /// - Parameters:
    ///   - environment: the program's, from whoever composes it.
    ///   - debugVariables: modules whose `debugf` looks at a variable of their own instead of `LM_DEBUG`.
    /// - Throws: ``MinimalLog/SettingsError`` with all that was not understood.
    public init(environment: [String: String], debugVariables: [String: String] = [:]) throws(MinimalLog.SettingsError)
    {
        self.init()
        func isOn(_ name: String) -> Bool { !["", "0"].contains(environment[name] ?? "") }
        isDebug = isOn("LM_DEBUG")
        color = isOn("LM_COLOR") ? .always : .never
        moduleDebug = debugVariables.mapValues(isOn)
        if let colors = environment["LM_DEFAULT_COLOR"] { try palette.apply(colors, from: "LM_DEFAULT_COLOR") }
    }
}

extension MinimalLog {
    /// Settings that were not understood: all of them, a sentence each.
    public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
        /// What was wrong, where, and what would be right.
        public let problems: [String]

        init(_ problems: [String]) { self.problems = problems }

        /// The problems, one after the other.
        public var description: String { problems.joined(separator: "; ") }
    }
}

extension String {
    static func unknown(_ what: String, _ text: String, in place: String = "", among names: [String]) -> String {
        let near = names.map { (name: $0, steps: $0.steps(from: text.lowercased())) }.min { $0.steps < $1.steps }
        let hint = near.flatMap { $0.steps <= 2 ? ", did you mean '\($0.name)'?" : nil } ?? ""
        let visible = Visible.text(text)
        return "\(place.isEmpty ? "" : place + ": ")no \(what) '\(visible)'\(hint) (\(names.joined(separator: ", ")))"
    }

    /// Letters to put in, take out or change between two words.
    private func steps(from other: String) -> Int {
        var row = Array(0...other.count)
        for (i, mine) in enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, theirs) in other.enumerated() {
                let change = diagonal + (mine == theirs ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(change, row[j] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
