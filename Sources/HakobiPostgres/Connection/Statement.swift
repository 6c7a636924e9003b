/// One SQL text under a name; a connection prepares it the first time it is used there.
struct Statement: Sendable {
    /// What it does to the transaction that its connection is in.
    enum Kind: Sendable { case plain, begin, commit, rollback }

    /// At most 63 bytes, and never the same for two texts.
    let name: String
    let text: String
    let kind: Kind

    init(_ name: String, _ text: String) { self.init(name, text, .plain) }

    private init(_ name: String, _ text: String, _ kind: Kind) {
        self.name = name
        self.text = text
        self.kind = kind
    }

    /// Opens a transaction that outlives its round.
    static let begin = Statement("hakobi_begin", "BEGIN", .begin)
    static let commit = Statement("hakobi_commit", "COMMIT", .commit)
    static let rollback = Statement("hakobi_rollback", "ROLLBACK", .rollback)
}
