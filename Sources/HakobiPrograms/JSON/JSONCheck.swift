/// Where and why a text is not one JSON value; lines and columns count from 1, columns in characters.
package struct MalformedJSON: Error, Sendable, Hashable, CustomStringConvertible {
    package let line: Int
    package let column: Int
    package let problem: String

    package var place: String { "line \(line), column \(column)" }
    package var description: String { "not valid JSON at \(place): \(problem)" }
}

/// Checks that bytes are one JSON value (RFC 8259) in UTF-8, without building it.
///
/// Written by hand because the platform's parser does not say where a text went wrong in a way that can be relied on, and
/// because nothing of the value is needed: a payload is kept byte by byte as it came.
package struct JSONCheck {
    /// Nesting that a careless reader of the payload would still survive.
    package static let maxDepth = 512

    let bytes: [UInt8]
    private(set) var position = 0

    package static func check(_ bytes: [UInt8]) throws(MalformedJSON) {
        var check = JSONCheck(bytes: bytes)
        check.skipSpace()
        try check.value(depth: 0)
        check.skipSpace()
        if check.position < bytes.count { throw check.problem("one value is enough; there is more after its end") }
        // Structure is ASCII; what is inside strings must still be UTF-8.
        if let bad = UTF8Check.firstInvalid(bytes) {
            throw check.problem("this byte is not UTF-8: use --raw for bytes that are no text", at: bad)
        }
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func value(depth: Int) throws(MalformedJSON) {
        guard depth < Self.maxDepth else { throw problem("nested more than \(Self.maxDepth) deep") }
        switch next {
        case UInt8(ascii: "{"): try object(depth)
        case UInt8(ascii: "["): try array(depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"): try number()
        case let byte? where (0x30...0x39).contains(byte): try number()
        default: throw problem("a value must be here, not \(found)")
        }
    }

    private mutating func object(_ depth: Int) throws(MalformedJSON) {
        position += 1
        skipSpace()
        if take("}") { return }
        while true {
            guard next == UInt8(ascii: "\"") else { throw problem("a key in double quotes must be here, not \(found)") }
            try string()
            skipSpace()
            guard take(":") else { throw problem("a colon must be here, not \(found)") }
            skipSpace()
            try value(depth: depth + 1)
            skipSpace()
            if take("}") { return }
            guard take(",") else { throw problem("a comma or } must be here, not \(found)") }
            skipSpace()
        }
    }

    private mutating func array(_ depth: Int) throws(MalformedJSON) {
        position += 1
        skipSpace()
        if take("]") { return }
        while true {
            try value(depth: depth + 1)
            skipSpace()
            if take("]") { return }
            guard take(",") else { throw problem("a comma or ] must be here, not \(found)") }
            skipSpace()
        }
    }

    mutating func string() throws(MalformedJSON) {
        let start = position
        position += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw problem("a control character in a string must be written as an escape, such as \\n")
            default: position += 1
            }
        }
        throw problem("this string has no end", at: start)
    }

    private mutating func escape() throws(MalformedJSON) {
        position += 1
        switch next {
        case UInt8(ascii: "u"):
            position += 1
            for _ in 0..<4 {
                guard let byte = next, Unicode.Scalar(byte).properties.isASCIIHexDigit else {
                    throw problem("\\u needs four hexadecimal digits")
                }
                position += 1
            }
        case let byte? where "\"\\/bfnrt".utf8.contains(byte): position += 1
        default: throw problem("no such escape: \\\(found)")
        }
    }

    private mutating func number() throws(MalformedJSON) {
        _ = take("-")
        if next == UInt8(ascii: "0") {
            position += 1
            if digits() > 0 { throw problem("a number must not start with 0", at: position - 1) }
        } else if digits() == 0 {
            throw problem("a digit must be here, not \(found)")
        }
        if take("."), digits() == 0 { throw problem("a digit must follow the point, not \(found)") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            if digits() == 0 { throw problem("a digit must be in the exponent, not \(found)") }
        }
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func word(_ word: StaticString) throws(MalformedJSON) {
        let start = position
        for offset in 0..<word.utf8CodeUnitCount {
            guard next == word.utf8Start[offset] else {
                throw problem("a value must be here: a text needs double quotes", at: start)
            }
            position += 1
        }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    var found: String {
        guard let byte = next else { return "the end" }
        return (0x21...0x7E).contains(byte) ? "\"\(Character(Unicode.Scalar(byte)))\"" : "another character"
    }

    func problem(_ text: String, at place: Int? = nil) -> MalformedJSON {
        let before = bytes[..<(place ?? position)]
        let line = before.count(where: { $0 == 0x0A }) + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        // Continuation bytes of UTF-8 start no character.
        let column = before[lineStart...].count(where: { $0 & 0xC0 != 0x80 }) + 1
        return MalformedJSON(line: line, column: column, problem: text)
    }
}

/// Finds the first byte that is not part of well-formed UTF-8.
enum UTF8Check {
    static func firstInvalid(_ bytes: [UInt8]) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var position = 0
        while position < bytes.count {
            let length = lengths.first {
                position + $0 <= bytes.count
                    && String(validating: bytes[position..<position + $0], as: UTF8.self)?.unicodeScalars.count == 1
            }
            guard let length else { return position }
            position += length
        }
        return nil
    }

    private static let lengths = 1...4
}
