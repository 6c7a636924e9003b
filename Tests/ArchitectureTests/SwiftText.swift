/// A Swift source taken apart: the same lines three times, so that a check looks only at what it means.
///
/// Not a parser: it knows comments, string literals (raw, multi-line, with interpolation) and brackets, which is all that
/// these checks need, in a few milliseconds for the whole tree.
struct SwiftText: Sendable {
    /// As written.
    let lines: [String]
    /// Without comments and without what is inside string literals.
    let code: [String]
    /// Without comments, string literals as written.
    let uncommented: [String]

    init(_ source: String) {
        var scanner = SwiftScanner(Array(source.utf8))
        scanner.scan()
        lines = Self.lines(Array(source.utf8))
        code = Self.lines(scanner.code)
        uncommented = Self.lines(scanner.uncommented)
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }
}

/// One pass over the bytes; what is not wanted becomes a space, newlines stay, so that line numbers hold.
private struct SwiftScanner {
    private let bytes: [UInt8]
    private var at = 0
    private(set) var code: [UInt8]
    private(set) var uncommented: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        code = bytes
        uncommented = bytes
    }

    mutating func scan() { scanCode(untilParenthesis: false) }

    private func byte(_ offset: Int = 0) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }

    private func sees(_ text: StaticString, _ offset: Int = 0) -> Bool {
        (0..<text.utf8CodeUnitCount).allSatisfy { byte(offset + $0) == text.utf8Start[$0] }
    }

    /// Code up to the end, or to the parenthesis that closes an interpolation.
    private mutating func scanCode(untilParenthesis: Bool) {
        var depth = 0
        while at < bytes.count {
            if sees("//") { skipLineComment(); continue }
            if sees("/*") { skipBlockComment(); continue }
            if let hashes = openingHashes() { scanString(hashes: hashes); continue }
            if untilParenthesis {
                if byte() == UInt8(ascii: "(") { depth += 1 }
                if byte() == UInt8(ascii: ")") {
                    if depth == 0 { return }
                    depth -= 1
                }
            }
            at += 1
        }
    }

    /// The number of `#` before the quote that opens a string here; `nil` when none does.
    private func openingHashes() -> Int? {
        var hashes = 0
        while byte(hashes) == UInt8(ascii: "#") { hashes += 1 }
        return byte(hashes) == UInt8(ascii: "\"") ? hashes : nil
    }

    private mutating func scanString(hashes: Int) {
        at += hashes
        let quotes = sees("\"\"\"") ? 3 : 1
        at += quotes
        while at < bytes.count {
            if closes(quotes: quotes, hashes: hashes) { at += quotes + hashes; return }
            if byte() == UInt8(ascii: "\\"), (0..<hashes).allSatisfy({ byte(1 + $0) == UInt8(ascii: "#") }) {
                let opener = byte(1 + hashes)
                blank(&code, 2 + hashes)
                at += 2 + hashes
                if opener == UInt8(ascii: "(") { scanCode(untilParenthesis: true) }
                continue
            }
            blank(&code, 1)
            at += 1
        }
    }

    private func closes(quotes: Int, hashes: Int) -> Bool {
        (0..<quotes).allSatisfy { byte($0) == UInt8(ascii: "\"") }
            && (0..<hashes).allSatisfy { byte(quotes + $0) == UInt8(ascii: "#") }
    }

    private mutating func skipLineComment() {
        while at < bytes.count, byte() != UInt8(ascii: "\n") { blankBoth() }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            let opens = sees("/*"), closes = sees("*/")
            depth += opens ? 1 : closes ? -1 : 0
            blankBoth()
            if opens || closes { blankBoth() }
        } while depth > 0 && at < bytes.count
    }

    private mutating func blankBoth() {
        blank(&code, 1)
        blank(&uncommented, 1)
        at += 1
    }

    private func blank(_ target: inout [UInt8], _ count: Int) {
        for index in at..<min(at + count, target.count) where target[index] != UInt8(ascii: "\n") {
            target[index] = UInt8(ascii: " ")
        }
    }
}
