internal import HakobiCore

/// From facts to findings: pure, so each rule is an instant test.
struct DoctorRules {
    /// A transaction that is open for longer keeps more dead rows than a queue can afford.
    var longTransaction = Duration.seconds(60)
    /// One that does nothing meanwhile is somebody's mistake.
    var idleTransaction = Duration.seconds(5)
    /// So many dead rows, and more than twice those that live, slow claims down.
    var deadRows: Int64 = 200_000
    /// Smaller tables and indexes are never called bloated.
    var bloatBytes: Int64 = 268_435_456
    /// What a job may take in the tables before most of it must be holes.
    var bytesPerJob: Int64 = 20_000

    func findings(_ facts: DoctorFacts) -> [Finding] {
        [server(facts)] + durability(facts)
            + [isolation(facts), autovacuum(facts), horizon(facts)]
            + (facts.hasTables
                ? [deadRows(facts), bloat(facts), indexes(facts), rights(facts)] : [])
            + [pooler(facts), connections(facts)]
    }

    private func isOff(_ name: String, _ facts: DoctorFacts) -> Bool { facts.settings[name] == "off" }

    private func server(_ facts: DoctorFacts) -> Finding {
        if facts.isStandby {
            return .fail(
                "server", "it is a standby, which may only be read: name the primary, or all hosts, in the URL")
        }
        if facts.settings["default_transaction_read_only"] == "on" {
            return .fail(
                "server",
                "default_transaction_read_only is on for this user or database: nothing can be enqueued; "
                    + "`ALTER DATABASE … SET default_transaction_read_only = off`, or name another server")
        }
        return .ok("server", "PostgreSQL \(facts.version)")
    }

    private func durability(_ facts: DoctorFacts) -> [Finding] {
        var findings: [Finding] = []
        if isOff("fsync", facts) {
            findings.append(
                .fail(
                    "durability",
                    "fsync is off: a power cut may lose every job and the database; "
                        + "`ALTER SYSTEM SET fsync = on`, then \(DoctorStatements.reload)"))
        }
        if isOff("full_page_writes", facts) {
            findings.append(
                .fail(
                    "durability",
                    "full_page_writes is off: a power cut may leave torn pages; "
                        + "`ALTER SYSTEM SET full_page_writes = on`, then \(DoctorStatements.reload)"))
        }
        if isOff("synchronous_commit", facts) {
            findings.append(
                .fail(
                    "durability",
                    "synchronous_commit is off: Hakobi turns it on for itself, but jobs that others enqueue "
                        + "by SQL may be lost in a crash; set it to on, or local, where it was changed"))
        }
        return findings.isEmpty
            ? [.ok("durability", "fsync, full_page_writes and synchronous_commit are on")] : findings
    }

    private func isolation(_ facts: DoctorFacts) -> Finding {
        let level = facts.settings["default_transaction_isolation"] ?? "read committed"
        if level == "read committed" { return .ok("isolation", "read committed") }
        return .fail(
            "isolation",
            "default_transaction_isolation is \(level): statements that meet others fail instead of going on; "
                + "`ALTER ROLE … SET default_transaction_isolation = 'read committed'` for Hakobi's user")
    }

    private func autovacuum(_ facts: DoctorFacts) -> Finding {
        for name in ["autovacuum", "track_counts"] where isOff(name, facts) {
            return .fail(
                "autovacuum",
                "\(name) is off: dead rows pile up until claims crawl; `ALTER SYSTEM SET \(name) = on`, then "
                    + "\(DoctorStatements.reload)")
        }
        if let table = facts.tables.first(where: \.isLeftOut) {
            return .fail(
                "autovacuum",
                "it leaves out the table \(table.name): "
                    + "`ALTER TABLE … RESET (autovacuum_enabled)` lets it in again")
        }
        return .ok("autovacuum", "on")
    }

    private func pooler(_ facts: DoctorFacts) -> Finding {
        guard facts.hasPooler else { return .ok("pooler", "none in between") }
        return .warn(
            "pooler",
            "one lends sessions a transaction at a time: nothing can be prepared, and jobs of other hosts are found "
                + "by polling only; connect to the server itself (two connections a host), or in session mode")
    }

    private func connections(_ facts: DoctorFacts) -> Finding {
        let text = "\(facts.sessions) of \(facts.maxSessions) in use"
        guard facts.sessions * 10 > facts.maxSessions * 9 else { return .ok("connections", text) }
        return .warn("connections", "\(text): raise max_connections, or use a pooler for the other programs")
    }
}
