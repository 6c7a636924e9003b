/// Metadata as it is stored: netstrings (D. J. Bernstein, 1997), key and value in turn, keys in order.
///
/// Readable in a shell, exact for every string, and an order of magnitude cheaper than JSON on the way of every claim.
package enum Netstrings {
    /// `nil` for no pairs at all.
    package static func encode(_ pairs: [String: String]) -> [UInt8]? {
        guard !pairs.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for (key, value) in pairs.sorted(by: { $0.key < $1.key }) {
            for text in [key, value] {
                bytes += String(text.utf8.count).utf8
                bytes.append(UInt8(ascii: ":"))
                bytes += text.utf8
                bytes.append(UInt8(ascii: ","))
            }
        }
        return bytes
    }

    /// `nil` for bytes that `encode` cannot have written.
    package static func decode(_ bytes: [UInt8]) -> [String: String]? {
        var pairs: [String: String] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let key = next(&rest), let value = next(&rest) else { return nil }
            pairs[key] = value
        }
        return pairs
    }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), colon - rest.startIndex < 10,
            let count = Int(String(decoding: rest[..<colon], as: UTF8.self)), count >= 0,
            rest.endIndex - colon > count + 1, rest[colon + 1 + count] == UInt8(ascii: ",")
        else { return nil }
        defer { rest = rest[(colon + 2 + count)...] }
        return String(decoding: rest[(colon + 1)..<(colon + 1 + count)], as: UTF8.self)
    }
}
