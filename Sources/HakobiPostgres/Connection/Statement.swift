/// One SQL text under a name; a connection prepares it the first time it is used there.
struct Statement: Sendable {
    /// What it does to the transaction that its connection is in.
    enum Kind: Sendable { case plain, begin, commit, rollback }

    /// At most 63 bytes, and never the same for two texts: behind a pooler a session may have prepared another schema's or
    /// another release's statement for somebody else, and would run that.
    let name: String
    let text: String
    let kind: Kind

    init(_ name: String, _ text: String) { self.init(name, text, .plain) }

    private init(_ name: String, _ text: String, _ kind: Kind) {
        self.name = "\(name)_\(Self.digest(text))"
        self.text = text
        self.kind = kind
    }

    /// FNV-1a: the same in every program, which Swift's own hashes are not.
    private static func digest(_ text: String) -> String {
        let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }

    /// Opens a transaction that outlives its round.
    static let begin = Statement("hakobi_begin", "BEGIN", .begin)
    static let commit = Statement("hakobi_commit", "COMMIT", .commit)
    static let rollback = Statement("hakobi_rollback", "ROLLBACK", .rollback)
}
