/// Text in which nothing can move a cursor, end a line, or turn the direction of reading.
///
/// CR, LF and TAB become `\r`, `\n`, `\t`; other control characters, line separators and marks of direction `\u{1b}`; bytes that are no
/// UTF-8 `\xff`. Nothing else changes: a backslash stays one.
enum Visible {
    static func text(_ text: String, keepsWhitespace: Bool = false) -> String {
        var bytes: [UInt8] = []
        append(text, keepsWhitespace: keepsWhitespace, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(_ text: String, keepsWhitespace: Bool = false, to line: inout [UInt8]) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
            append(bytes, keepsWhitespace: keepsWhitespace, to: &line)
        }
        if done == nil {
            Array(text.utf8).withUnsafeBufferPointer { append($0, keepsWhitespace: keepsWhitespace, to: &line) }
        }
    }

    static func append(
        _ bytes: UnsafeBufferPointer<UInt8>, keepsWhitespace: Bool = false, to line: inout [UInt8]
    ) {
        guard !isPlain(bytes) else { return line.append(contentsOf: bytes) }
        forEachPart(of: bytes) { part in
            switch part {
            case .scalar("\n", _) where !keepsWhitespace: line.append("\\n")
            case .scalar("\r", _) where !keepsWhitespace: line.append("\\r")
            case .scalar("\t", _) where !keepsWhitespace: line.append("\\t")
            case .scalar(let scalar, let encoded):
                let isKept = !isHidden(scalar) || scalar == "\n" || scalar == "\r" || scalar == "\t"
                if isKept {
                    line.append(contentsOf: encoded)
                } else {
                    line.append("\\u{\(String(scalar.value, radix: 16))}")
                }
            case .broken(let byte): line.append("\\x\(String(byte, radix: 16))")
            }
        }
    }

    /// Printable ASCII, which is almost every line.
    static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        // Without leaving early, so that it is done many bytes at a time.
        var others: UInt8 = 0
        for byte in bytes { others |= byte &- 0x20 >= 0x5F ? 1 : 0 }
        return others == 0
    }

    enum Part {
        case scalar(Unicode.Scalar, Unicode.UTF8.EncodedScalar)
        case broken(UInt8)
    }

    static func forEachPart(of bytes: UnsafeBufferPointer<UInt8>, _ body: (Part) -> Void) {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var position = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                body(.scalar(Unicode.UTF8.decode(encoded), encoded))
                position += encoded.count
            case .error(let length):
                for byte in bytes[position..<position + length] { body(.broken(byte)) }
                position += length
            case .emptyInput: return
            }
        }
    }

    /// What a terminal or a reader would act upon instead of showing it.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F,  // C0, DEL, C1
            0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069,  // direction
            0x2028, 0x2029,  // separators of lines and paragraphs
            0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:  // byte order mark, annotations, tags
            true
        default: false
        }
    }
}

extension Visible {
    static func text(bytes: [UInt8]) -> String {
        var line: [UInt8] = []
        bytes.withUnsafeBufferPointer { append($0, to: &line) }
        return String(decoding: line, as: UTF8.self)
    }
}
