public import HakobiCore

extension DoctorRules {
    /// Whoever has the oldest snapshot or transaction: no row that died since can be removed.
    func horizon(_ facts: DoctorFacts) -> Finding {
        guard let holder = facts.holder else { return .ok("horizon", "nobody holds dead rows back") }
        let age = holder.age.map { "for \(Self.seconds($0))" } ?? "for how long is not shown to this user"
        switch holder.what {
        case .slot:
            return .warn(
                "horizon",
                "the replication slot \(holder.name) holds dead rows back: let its reader catch up, or "
                    + "\(DoctorStatements.dropSlot(holder.name))")
        case .prepared:
            let isOld = holder.age.map { $0 >= longTransaction } ?? false
            return Finding(
                isOld ? .fail : .ok, "horizon",
                "the prepared transaction \(holder.name) holds dead rows back, \(age)"
                    + (isOld ? ": commit it, or `ROLLBACK PREPARED '\(holder.name)'`" : ""))
        case .session: return session(holder, age)
        }
    }

    private func session(_ holder: DoctorFacts.Holder, _ age: String) -> Finding {
        let isIdle = holder.state?.hasPrefix("idle in transaction") ?? false
        let application = holder.name.isEmpty ? "no application name" : holder.name
        let who = holder.user.map { ", user \($0)" } ?? ""
        let text = holder.text.map { ": \(Self.line($0))" } ?? ""
        let sentence =
            "process \(holder.pid ?? 0) (\(application)\(who)\(isIdle ? ", idle in a transaction" : "")) has the oldest "
            + "snapshot, \(age)\(text)"
        let isOld = holder.age.map { $0 >= (isIdle ? idleTransaction : longTransaction) } ?? false
        guard isOld else { return .ok("horizon", sentence) }
        return .fail(
            "horizon",
            "\(sentence); no row that died since then can be removed, and claims get slower: end it, or "
                + "\(DoctorStatements.end(holder.pid ?? 0))")
    }

    /// Dead rows of the tables that change all the time.
    func deadRows(_ facts: DoctorFacts) -> Finding {
        guard let worst = facts.tables.max(by: { $0.dead < $1.dead }) else { return .ok("dead rows", "none") }
        let last = worst.sinceVacuum.map { "the last VACUUM was \(Self.seconds($0)) ago" } ?? "no VACUUM was ever there"
        let text = "\(worst.dead) in \(worst.name) beside \(worst.live) live ones; \(last)"
        guard worst.dead >= deadRows, worst.dead > 2 * worst.live else { return .ok("dead rows", text) }
        return .fail("dead rows", "\(text): end what holds the horizon, then `VACUUM \(worst.name)` in Hakobi's schema")
    }

    /// Room that is held but not used: after a held snapshot has gone, the holes stay.
    func bloat(_ facts: DoctorFacts) -> Finding {
        guard let live = facts.tables.first(where: { $0.name == "live" }) else {
            return .ok("bloat", "no table of jobs")
        }
        let bytes = live.bytes + live.indexBytes
        let text = "the waiting jobs' table and indexes have \(bytes / 1_048_576) MiB for \(live.live) jobs"
        guard bytes > bloatBytes, bytes / max(1, live.live) > bytesPerJob else { return .ok("bloat", text) }
        return .warn("bloat", "\(text): `VACUUM FULL live` in Hakobi's schema at a quiet time gives the room back")
    }

    func indexes(_ facts: DoctorFacts) -> Finding {
        let missing = facts.wantedIndexes.filter { !facts.validIndexes.contains($0.name) }
        guard let first = missing.first else { return .ok("indexes", "all \(facts.wantedIndexes.count) are there") }
        let names = missing.map(\.name).joined(separator: ", ")
        let drop = facts.invalidIndexes.contains(first.name) ? "drop it, then " : ""
        let statement = Self.line(first.statement, limit: 200)
        return .fail("indexes", "missing or not valid: \(names): \(drop)`\(statement)`")
    }

    func rights(_ facts: DoctorFacts) -> Finding {
        guard !facts.missingRights.isEmpty else { return .ok("rights", "this user has all that are needed") }
        let some = facts.missingRights.prefix(5).joined(separator: ", ")
        let more = facts.missingRights.count > 5 ? " and \(facts.missingRights.count - 5) more" : ""
        return .fail("rights", "this user lacks \(some)\(more): GRANT them as the owner of the tables")
    }

    private static func seconds(_ duration: Duration) -> String { "\(duration.components.seconds) s" }

    /// The beginning of a statement on one line, without the ";" at its end.
    private static func line(_ text: String, limit: Int = 80) -> String {
        var line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if line.hasSuffix(";") { line.removeLast() }
        return line.count > limit ? line.prefix(limit) + "…" : line
    }
}

extension PostgresStore: StoreDoctor {
    /// Settings of the server, who holds dead rows back, dead rows and holes, indexes, rights, a pooler, connections.
    public func examine() async throws(StoreError) -> [Finding] { try await examine(by: DoctorRules()) }

    func examine(by rules: DoctorRules) async throws(StoreError) -> [Finding] {
        let facts = try await take.perform("doctor", needsSchema: false) { session throws(PostgresError) in
            try session.doctorFacts()
        }
        return rules.findings(facts)
    }
}
