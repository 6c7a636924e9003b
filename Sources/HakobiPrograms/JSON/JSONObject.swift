/// The members of one JSON object, found and not decoded: a large value within is copied as it is written.
struct JSONObject: Sendable {
    private let members: [String: [UInt8]]

    /// The object that is all of `bytes`; every value within it is checked.
    init(_ bytes: [UInt8]) throws(MalformedJSON) {
        try JSONCheck.check(bytes)
        var walk = JSONCheck(bytes: bytes)
        members = try walk.members()
    }

    /// The value of that name, as bytes.
    func bytes(_ name: String) -> [UInt8]? { members[name] }

    /// The text of that name; `nil` when there is none, or null.
    func text(_ name: String) throws(ProgramFault) -> String? {
        guard let bytes = members[name], !Self.isNull(bytes) else { return nil }
        guard let text = Self.text(bytes) else { throw ProgramFault("its \"\(name)\" is no text") }
        return text
    }

    /// The text of that name, which must be there.
    func needed(_ name: String) throws(ProgramFault) -> String {
        guard let text = try text(name) else { throw ProgramFault("its \"\(name)\" is missing") }
        return text
    }

    func whole(_ name: String) throws(ProgramFault) -> Int? {
        guard let bytes = members[name], !Self.isNull(bytes) else { return nil }
        guard let number = Int(String(decoding: bytes, as: UTF8.self)) else {
            throw ProgramFault("its \"\(name)\" is no whole number")
        }
        return number
    }

    /// A time in seconds, which may have a fraction.
    func seconds(_ name: String) throws(ProgramFault) -> Duration? {
        guard let bytes = members[name], !Self.isNull(bytes) else { return nil }
        guard let number = Double(String(decoding: bytes, as: UTF8.self)), (0...3.2e9).contains(number) else {
            throw ProgramFault("its \"\(name)\" is no number of seconds")
        }
        return .seconds(number)
    }

    func yes(_ name: String) throws(ProgramFault) -> Bool? {
        guard let bytes = members[name], !Self.isNull(bytes) else { return nil }
        switch String(decoding: bytes, as: UTF8.self) {
        case "true": return true
        case "false": return false
        default: throw ProgramFault("its \"\(name)\" is neither true nor false")
        }
    }

    /// Each value of the list of that name, as bytes.
    func list(_ name: String) throws(ProgramFault) -> [[UInt8]]? {
        guard let bytes = members[name], !Self.isNull(bytes) else { return nil }
        var walk = JSONCheck(bytes: bytes)
        do throws(MalformedJSON) { return try walk.elements() } catch {
            throw ProgramFault("its \"\(name)\" is no list")
        }
    }

    /// The object of that name, each value as text: what is no text is given as it is written.
    func texts(_ name: String) throws(ProgramFault) -> [String: String] {
        guard let bytes = members[name], !Self.isNull(bytes) else { return [:] }
        var walk = JSONCheck(bytes: bytes)
        do throws(MalformedJSON) {
            return try walk.members().mapValues { Self.text($0) ?? String(decoding: $0, as: UTF8.self) }
        } catch {
            throw ProgramFault("its \"\(name)\" is no object")
        }
    }

    /// One way to write a value that can be written in many; numbers stay as they are.
    static func canonical(_ bytes: [UInt8]) -> String {
        var walk = JSONCheck(bytes: bytes)
        if let members = try? walk.members() {
            let members = members.sorted { $0.key < $1.key }.map { "\($0.key.debugDescription):\(canonical($0.value))" }
            return "{\(members.joined(separator: ","))}"
        }
        walk = JSONCheck(bytes: bytes)
        if let elements = try? walk.elements() {
            return "[\(elements.map(canonical).joined(separator: ","))]"
        }
        return text(bytes)?.debugDescription ?? String(decoding: bytes, as: UTF8.self)
    }

    private static func isNull(_ bytes: [UInt8]) -> Bool { bytes == Array("null".utf8) }

    /// What a JSON string means; `nil` for any other value.
    static func text(_ bytes: [UInt8]) -> String? {
        guard bytes.first == UInt8(ascii: "\""), bytes.count >= 2 else { return nil }
        let inner = bytes[1..<(bytes.count - 1)]
        guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
        return unescaped(inner)
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]

    /// Escapes are checked already; a half of a surrogate pair that stands alone becomes U+FFFD.
    private static func unescaped(_ text: ArraySlice<UInt8>) -> String {
        var units: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                units.append(byte)
                continue
            }
            guard escape == UInt8(ascii: "u") else {
                units.append(escapes[escape] ?? escape)
                continue
            }
            var halves = [hex(&rest)]
            while rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
                rest.removeFirst(2)
                halves.append(hex(&rest))
            }
            units += String(decoding: halves, as: UTF16.self).utf8
        }
        return String(decoding: units, as: UTF8.self)
    }

    private static func hex(_ rest: inout ArraySlice<UInt8>) -> UInt16 {
        defer { rest.removeFirst(4) }
        return UInt16(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16) ?? 0xFFFD
    }
}

extension JSONCheck {
    /// Walks over an object that is right here; the last of two members of one name counts.
    mutating func members() throws(MalformedJSON) -> [String: [UInt8]] {
        var members: [String: [UInt8]] = [:]
        try walk("{", "}") { walk throws(MalformedJSON) in
            let name = try walk.piece { walk throws(MalformedJSON) in try walk.string() }
            walk.skipSpace()
            _ = walk.take(":")
            walk.skipSpace()
            members[JSONObject.text(name) ?? ""] = try walk.piece { walk throws(MalformedJSON) in
                try walk.value(depth: 0)
            }
        }
        return members
    }

    /// Walks over a list that is right here.
    mutating func elements() throws(MalformedJSON) -> [[UInt8]] {
        var elements: [[UInt8]] = []
        try walk("[", "]") { walk throws(MalformedJSON) in
            elements.append(try walk.piece { walk throws(MalformedJSON) in try walk.value(depth: 0) })
        }
        return elements
    }

    private mutating func walk(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ element: (inout JSONCheck) throws(MalformedJSON) -> Void
    ) throws(MalformedJSON) {
        skipSpace()
        guard take(open) else { throw problem("\"\(open)\" must be here, not \(found)") }
        skipSpace()
        while !take(close) {
            try element(&self)
            skipSpace()
            _ = take(",")
            skipSpace()
        }
    }

    /// The bytes that `walk` goes over.
    private mutating func piece(_ walk: (inout JSONCheck) throws(MalformedJSON) -> Void) throws(MalformedJSON)
        -> [UInt8]
    {
        let start = position
        try walk(&self)
        return Array(bytes[start..<position])
    }
}
