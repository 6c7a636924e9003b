import Foundation

/// One function, initializer, subscript or computed property and how many lines it takes, the first and last included.
struct FunctionSize: Sendable {
    let path: String
    let line: Int
    let name: String
    let lines: Int
}

extension SwiftFile {
    /// Every body in the file, in order; a nested one counts for itself and for the one around it.
    func functions() -> [FunctionSize] {
        text.code.enumerated().compactMap { index, line in
            guard let name = Self.declaredName(line), let end = endOfBody(from: index) else { return nil }
            return FunctionSize(path: path, line: index + 1, name: name, lines: end - index + 1)
        }
    }

    private static let modifiers: Set<String> = [
        "public", "package", "internal", "private", "fileprivate", "static", "class", "mutating", "nonmutating",
        "override", "final", "convenience", "required", "nonisolated", "isolated", "borrowing", "consuming", "prefix",
        "postfix", "infix", "indirect", "lazy", "private(set)", "package(set)", "nonisolated(unsafe)", "rethrows",
    ]

    /// The name declared on a line: `run` of `package func run(`, `init`, `deinit`, `subscript`, or a `var` with a body.
    private static func declaredName(_ line: String) -> String? {
        var words = line.split(separator: " ").map(String.init)[...]
        while let word = words.first, modifiers.contains(word) || word.hasPrefix("@") { words.removeFirst() }
        guard let keyword = words.first else { return nil }
        if keyword == "func" { return words.dropFirst().first.map { String($0.prefix { $0 != "(" && $0 != "<" }) } }
        if keyword == "var" {
            return line.hasSuffix("{") ? words.dropFirst().first.map { $0.replacing(":", with: "") } : nil
        }
        return ["init", "deinit", "subscript"].first { name in
            keyword == name || ["(", "<", "?", "!"].contains { keyword.hasPrefix(name + $0) }
        }
    }

    /// The line of the brace that closes the body opened by the declaration on `start`; `nil` when it has none.
    private func endOfBody(from start: Int) -> Int? {
        var round = 0, curly = 0
        for index in start..<text.code.count {
            if index > start, curly == 0, round == 0, !Self.continuesSignature(text.code[index]) { return nil }
            for byte in text.code[index].utf8 {
                switch byte {
                case UInt8(ascii: "("), UInt8(ascii: "["): round += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"): round -= 1
                case UInt8(ascii: "{") where round == 0 || curly > 0: curly += 1
                case UInt8(ascii: "}") where curly > 0:
                    curly -= 1
                    if curly == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }

    private static func continuesSignature(_ line: String) -> Bool {
        let trimmed = line.trimmingCharacters(in: .whitespaces)
        return trimmed.isEmpty || ["where ", "->", "async", "throws", "{", ")"].contains { trimmed.hasPrefix($0) }
    }
}
