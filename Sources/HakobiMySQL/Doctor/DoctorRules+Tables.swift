internal import HakobiCore

extension DoctorRules {
    /// Whoever has the oldest transaction: what every other one has changed since may have to be kept for it.
    func oldest(_ facts: DoctorFacts) -> Finding {
        guard facts.seesTransactions else {
            return .warn(
                "oldest transaction",
                "this user may not see who holds the oldest one: `GRANT PROCESS ON *.*` lets it, or ask as another user"
            )
        }
        guard let holder = facts.holder else { return .ok("oldest transaction", "nobody holds old records back") }
        let who = [holder.user.map { "user \($0)" }, holder.host.map { "from \($0)" }].compactMap(\.self)
        let what = holder.isIdle ? "idle in a transaction" : "at work"
        let text = holder.text.map { ": \(Self.line($0))" } ?? ""
        let sentence =
            "session \(holder.session) (\((who + [what]).joined(separator: ", "))) has it, for "
            + "\(holder.age.components.seconds) s\(text)"
        guard holder.age >= (holder.isIdle ? idleTransaction : longTransaction) else {
            return .ok("oldest transaction", sentence)
        }
        return .fail(
            "oldest transaction",
            "\(sentence); nothing that was changed since then can be purged, and claims get slower: end it, or "
                + DoctorStatements.end(holder.session))
    }

    /// Undo records: each look at a row that changed often walks along them.
    func undo(_ facts: DoctorFacts) -> Finding? {
        guard let length = facts.history else { return nil }
        let text = "\(length) undo records wait for purge"
        guard length >= history else { return .ok("history list", text) }
        return .fail(
            "history list",
            "\(text): end the oldest transaction; if there is none, raise innodb_purge_threads")
    }

    func indexes(_ facts: DoctorFacts) -> Finding {
        guard facts.missingRights.isEmpty else { return .warn("indexes", "not shown to this user") }
        let missing = facts.wantedIndexes.filter { !facts.indexes.contains($0.index) }
        guard let first = missing.first else { return .ok("indexes", "all \(facts.wantedIndexes.count) are there") }
        let names = missing.map { "\($0.index.name) of \($0.index.table)" }.joined(separator: ", ")
        return .fail("indexes", "missing: \(names): `\(first.statement)`")
    }

    func rights(_ facts: DoctorFacts) -> Finding {
        guard !facts.missingRights.isEmpty else { return .ok("rights", "this user has all that are needed") }
        let some = facts.missingRights.prefix(5).joined(separator: ", ")
        let more = facts.missingRights.count > 5 ? " and \(facts.missingRights.count - 5) more" : ""
        return .fail(
            "rights",
            "this user lacks \(some)\(more): \(DoctorStatements.grant), as an administrator")
    }

    /// The beginning of a statement on one line.
    private static func line(_ text: String, limit: Int = 80) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > limit ? line.prefix(limit) + "…" : line
    }
}
