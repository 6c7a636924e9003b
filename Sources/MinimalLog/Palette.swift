extension MinimalLog {
    /// When messages are coloured.
    public enum ColorUse: String, Sendable, CaseIterable {
        case never
        /// Wherever the sink is no file.
        case always
        /// Where the sink is a terminal.
        case onTerminal
    }

    /// A colour of eight.
    public enum Color: String, Sendable, CaseIterable {
        case black, red, green, yellow, blue, magenta, cyan, white

        var digit: UInt8 { UInt8(ascii: "0") + UInt8(Color.allCases.firstIndex(of: self) ?? 0) }
    }

    /// The colours of a message: of its text, of what is behind it, of both, or of neither.
    public struct Paint: Sendable, Equatable {
        /// The colour of the letters.
        public var text: Color?
        /// The colour behind them.
        public var background: Color?

        /// A paint; what is left out is the terminal's own.
        public init(text: Color? = nil, background: Color? = nil) {
            self.text = text
            self.background = background
        }

        /// The text's colour is inside, so there are two resets when both are set.
        func before(_ line: inout [UInt8]) {
            if let background { line.append(contentsOf: [0x1B, 0x5B, 0x34, background.digit, 0x6D]) }
            if let text { line.append(contentsOf: [0x1B, 0x5B, 0x33, text.digit, 0x6D]) }
        }

        func after(_ line: inout [UInt8]) {
            if text != nil { line.append(contentsOf: [0x1B, 0x5B, 0x30, 0x6D]) }
            if background != nil { line.append(contentsOf: [0x1B, 0x5B, 0x30, 0x6D]) }
        }
    }

    /// Which paint for which tag.
    public struct Palette: Sendable, Equatable {
        private var paints: [Tag: Paint] = [
            .debug: Paint(text: .red, background: .white),
            .info: Paint(text: .green),
            .warn: Paint(text: .black, background: .yellow),
            .critical: Paint(text: .black, background: .red),
            .error: Paint(text: .red, background: .black),
        ]

        /// The usual colours.
        public init() {}

        /// The paint of a tag; trace is painted as debug and notice as info unless they have their own.
        public subscript(tag: Tag) -> Paint {
            get {
                if let paint = paints[tag] { return paint }
                return switch tag {
                case .trace: self[.debug]
                case .notice: self[.info]
                default: Paint()
                }
            }
            set { paints[tag] = newValue }
        }

        /// Replaces the paints of the levels that `text` names, as `debug=red:info=;cyan`; changes nothing when it throws.
        mutating func apply(_ text: String, from place: String) throws(SettingsError) {
            var new = self
            var problems: [String] = []
            for entry in text.split(separator: ":") {
                let sides = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard sides.count == 2 else {
                    problems.append("\(place): '\(Visible.text(String(entry)))' is not LEVEL=TEXT;BACKGROUND")
                    continue
                }
                let tag = Tag(rawValue: sides[0].uppercased())
                if tag == nil {
                    let names = Tag.allCases.map { $0.rawValue.lowercased() }
                    problems.append(.unknown("level", sides[0], in: place, among: names))
                }
                let paint = Paint(parsing: sides[1], in: place, &problems)
                if let tag { new[tag] = paint }
            }
            guard problems.isEmpty else { throw SettingsError(problems) }
            self = new
        }
    }
}

extension MinimalLog.Paint {
    fileprivate init(parsing text: String, in place: String, _ problems: inout [String]) {
        let sides = text.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        func color(_ name: String) -> MinimalLog.Color? {
            guard !name.isEmpty else { return nil }
            if let color = MinimalLog.Color(rawValue: name.lowercased()) { return color }
            problems.append(.unknown("color", name, in: place, among: MinimalLog.Color.allCases.map(\.rawValue)))
            return nil
        }
        self.init(text: color(sides[0]), background: sides.count > 1 ? color(sides[1]) : nil)
    }
}
