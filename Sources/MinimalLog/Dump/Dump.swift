/// The value in one line, as verbs write it with `dumpsValues`: `{'a' => 1,'b' => [2,3]}`.
///
/// Text stays as it is, line breaks included. Keys are sorted; depth and size have limits; what is `Redacted`, or has a name that
/// tells of a secret, is left out (``MinimalLog/DumpLimits``). A type that describes itself is written in its own words.
public func ddf(_ value: Any?) -> String { Dump(MinimalLog.settings.dump).text(of: value) }

/// Values in one line, to be read by people.
struct Dump {
    private let limits: MinimalLog.DumpLimits
    private var text = ""

    init(_ limits: MinimalLog.DumpLimits) { self.limits = limits }

    /// Plain text stays unchanged; everything else is dumped.
    func text(of value: Any?) -> String {
        if let text = value as? String { return text }
        var dump = self
        dump.write(value, depth: 0)
        return dump.text
    }

    private var isFull: Bool { text.utf8.count >= limits.bytes }

    private mutating func write(_ value: Any?, depth: Int) {
        guard !isFull, depth <= limits.depth else { return text += "…" }
        guard let value else { return text += "nil" }
        let mirror = Mirror(reflecting: value)
        switch value {
        case is any MinimalLog.Redacted: text += MinimalLog.redacted
        case let string as any StringProtocol: write(quoted: String(string))
        case let character as Character: write(quoted: String(character))
        case is any Numeric, is Bool: text += "\(value)"
        case _ where mirror.displayStyle == .optional:
            write(mirror.children.first?.value, depth: depth)
        case _ where mirror.displayStyle == .dictionary: writeDictionary(mirror, depth: depth)
        case _ where mirror.displayStyle == .collection: writeElements(mirror, depth: depth, isSorted: false)
        case _ where mirror.displayStyle == .set: writeElements(mirror, depth: depth, isSorted: true)
        case let describable as any CustomStringConvertible: write(cut: describable.description)
        case let error as any Error where mirror.children.isEmpty: write(cut: "\(error)")
        default: writeParts(of: value, mirror, depth: depth)
        }
    }

    /// As many as there is room for; the texts of what is left are never made.
    private mutating func write<Parts: Collection>(
        _ parts: Parts, between open: String, and close: String, each: (inout Dump, Parts.Element) -> Void
    ) {
        text += open
        var written = 0
        for part in parts {
            if written == limits.elements || isFull {
                text += ",…+\(parts.count - written)"
                break
            }
            if written > 0 { text += "," }
            each(&self, part)
            written += 1
        }
        text += close
    }

    private mutating func writeElements(_ mirror: Mirror, depth: Int, isSorted: Bool) {
        if isSorted {
            let texts = mirror.children.map { inner($0.value, depth: depth + 1) }.sorted()
            write(texts, between: "[", and: "]") { $0.text += $1 }
        } else {
            write(mirror.children, between: "[", and: "]") { $0.write($1.value, depth: depth + 1) }
        }
    }

    private mutating func writeDictionary(_ mirror: Mirror, depth: Int) {
        let pairs = mirror.children.compactMap { child -> (key: String, name: String, value: Any)? in
            let parts = Array(Mirror(reflecting: child.value).children)
            guard parts.count == 2 else { return nil }
            return (inner(parts[0].value, depth: depth + 1), "\(parts[0].value)", parts[1].value)
        }
        write(pairs.sorted { $0.key < $1.key }, between: "{", and: "}") { dump, pair in
            dump.text += pair.key + " => "
            dump.write(pair.value, named: pair.name, depth: depth)
        }
    }

    /// A structure or an object by its type and properties, an enumeration by its case, a tuple as a list.
    private mutating func writeParts(of value: Any, _ mirror: Mirror, depth: Int) {
        switch mirror.displayStyle {
        case .enum:
            guard let child = mirror.children.first else { return write(cut: "\(value)") }
            text += "\(child.label ?? "")("
            write(child.value, depth: depth + 1)
            text += ")"
        case .tuple: writeElements(mirror, depth: depth, isSorted: false)
        default:
            let ancestors = sequence(first: mirror, next: \.superclassMirror).prefix(16).reversed()
            let named = ancestors.flatMap { $0.children }.map { ($0.label ?? "", $0.value) }.sorted { $0.0 < $1.0 }
            guard !named.isEmpty else { return write(cut: "\(value)") }
            text += "\(type(of: value)) "
            write(named, between: "{", and: "}") { dump, part in
                dump.write(quoted: part.0)
                dump.text += " => "
                dump.write(part.1, named: part.0, depth: depth)
            }
        }
    }

    private mutating func write(_ value: Any, named name: String, depth: Int) {
        let bare = name.lowercased().filter { $0 != "_" && $0 != "-" }
        if limits.redactedNames.contains(bare) { text += MinimalLog.redacted } else { write(value, depth: depth + 1) }
    }

    private func inner(_ value: Any, depth: Int) -> String {
        var dump = Dump(limits)
        dump.write(value, depth: depth)
        return dump.text
    }

    private mutating func write(cut text: String) {
        let room = max(0, limits.bytes - self.text.utf8.count)
        guard text.utf8.count > room else { return self.text += text }
        self.text += String(decoding: text.utf8.prefix(room), as: UTF8.self) + "…"
    }

    private mutating func write(quoted text: String) {
        self.text += "'"
        write(cut: text.replacing("\\", by: "\\\\").replacing("'", by: "\\'"))
        self.text += "'"
    }
}

extension String {
    fileprivate func replacing(_ mark: Character, by escape: String) -> String {
        contains(mark) ? split(separator: mark, omittingEmptySubsequences: false).joined(separator: escape) : self
    }
}
