public import HakobiCore

/// From facts to findings: pure, so each rule is an instant test.
struct DoctorRules {
    /// A transaction that is open for longer keeps more undo records than a queue can afford.
    var longTransaction = Duration.seconds(60)
    /// One that does nothing meanwhile is somebody's mistake.
    var idleTransaction = Duration.seconds(5)
    /// So many undo records that wait for purge slow every look at the tables down.
    var history: Int64 = 500_000

    func findings(_ facts: DoctorFacts) -> [Finding] {
        [server(facts)] + durability(facts) + [isolation(facts), binaryLog(facts)].compactMap(\.self)
            + [oldest(facts), undo(facts)].compactMap(\.self)
            + (facts.hasTables ? [indexes(facts), rights(facts)] : [])
            + [packet(facts), connections(facts)]
    }

    private func server(_ facts: DoctorFacts) -> Finding {
        if facts.isOn("read_only") || facts.isOn("innodb_read_only") {
            return .fail(
                "server",
                "read_only is on: nothing can be enqueued; name the server that takes writes, or "
                    + DoctorStatements.set("read_only", "OFF"))
        }
        if let level = facts.number("innodb_force_recovery"), level > 0 {
            return .fail(
                "server", "innodb_force_recovery is \(level): it is being repaired; set it to 0 and start it again")
        }
        return .ok("server", facts.settings["version"] ?? "")
    }

    private func durability(_ facts: DoctorFacts) -> [Finding] {
        var findings: [Finding] = []
        if let value = facts.settings["innodb_flush_log_at_trx_commit"], value != "1" {
            findings.append(
                .fail(
                    "durability",
                    "innodb_flush_log_at_trx_commit is \(value): a power cut loses the jobs of the last second; "
                        + DoctorStatements.set("innodb_flush_log_at_trx_commit", "1")))
        }
        if facts.settings["innodb_doublewrite"]?.uppercased() == "OFF" || facts.number("innodb_doublewrite") == 0 {
            findings.append(
                .fail(
                    "durability",
                    "innodb_doublewrite is off: a power cut may leave torn pages; set `innodb_doublewrite = ON` in "
                        + "the server's settings and start it again"))
        }
        if facts.isOn("log_bin"), let value = facts.settings["sync_binlog"], value != "1" {
            findings.append(
                .fail(
                    "durability",
                    "the binary log is on and sync_binlog is \(value): after a power cut replicas may have other jobs "
                        + "than this server, and a restore loses some; \(DoctorStatements.set("sync_binlog", "1"))"))
        }
        return findings.isEmpty ? [.ok("durability", "every commit is on disk before it is answered")] : findings
    }

    private func isolation(_ facts: DoctorFacts) -> Finding {
        guard facts.isolation == "READ-COMMITTED" else {
            return .fail(
                "isolation",
                "our sessions are \(facts.isolation) although they ask for READ COMMITTED: claims lock the gaps "
                    + "between jobs and wait for each other; a proxy in between must leave SET SESSION alone")
        }
        let level = facts.settings["transaction_isolation"] ?? facts.settings["tx_isolation"] ?? ""
        if level == "SERIALIZABLE" || level == "READ-UNCOMMITTED" {
            return .warn(
                "isolation",
                "ours is READ-COMMITTED, but other programs, which enqueue by SQL, start with \(level): "
                    + DoctorStatements.set(
                        "\(facts.settings["transaction_isolation"] == nil ? "tx" : "transaction")_isolation",
                        "'READ-COMMITTED'"))
        }
        return .ok("isolation", "READ-COMMITTED for us, \(level) for programs that ask for nothing")
    }

    /// Its old format cannot carry what READ COMMITTED writes.
    private func binaryLog(_ facts: DoctorFacts) -> Finding? {
        guard facts.isOn("log_bin") else { return nil }
        let format = facts.settings["binlog_format"] ?? ""
        guard format == "STATEMENT" else { return .ok("binary log", "format \(format)") }
        return .fail(
            "binary log",
            "binlog_format is STATEMENT: the server refuses what READ COMMITTED writes; "
                + DoctorStatements.set("binlog_format", "'MIXED'"))
    }

    private func packet(_ facts: DoctorFacts) -> Finding {
        guard let bytes = facts.number("max_allowed_packet") else { return .ok("packet", "not told") }
        let needed = 2 * facts.maxPayloadBytes
        guard bytes < needed else { return .ok("packet", "max_allowed_packet is \(bytes)") }
        return .fail(
            "packet",
            "max_allowed_packet is \(bytes), and a payload may have \(facts.maxPayloadBytes) bytes: "
                + DoctorStatements.set("max_allowed_packet", "\(max(needed, 16_777_216))"))
    }

    private func connections(_ facts: DoctorFacts) -> Finding {
        guard let most = facts.number("max_connections") else { return .ok("connections", "\(facts.sessions) in use") }
        let text = "\(facts.sessions) of \(most) in use"
        guard facts.sessions * 10 > most * 9 else { return .ok("connections", text) }
        return .warn("connections", "\(text): raise max_connections, or find who keeps so many")
    }
}

extension MySQLStore: StoreDoctor {
    /// Settings of the server that lose jobs, who keeps the past from being purged, indexes, rights, connections.
    public func examine() async throws(StoreError) -> [Finding] { try await examine(by: DoctorRules()) }

    func examine(by rules: DoctorRules) async throws(StoreError) -> [Finding] {
        let facts = try await take.perform("doctor", needsSchema: false) { session throws(MySQLError) in
            try session.doctorFacts()
        }
        return rules.findings(facts)
    }
}
