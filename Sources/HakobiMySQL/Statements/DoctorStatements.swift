/// What the server knows of itself, of our tables and of who is in their way. Reads only. Others' transactions are shown to
/// users with the right PROCESS only.
struct DoctorStatements: Sendable {
    let tables: Tables

    /// The server's own, as they are for sessions that set nothing.
    var settings: SQL {
        """
        SHOW GLOBAL VARIABLES WHERE Variable_name IN ('version', 'read_only', 'innodb_read_only',
        'innodb_flush_log_at_trx_commit', 'innodb_doublewrite', 'innodb_force_recovery', 'log_bin', 'sync_binlog',
        'binlog_format', 'tx_isolation', 'transaction_isolation', 'max_connections', 'max_allowed_packet')
        """
    }

    /// What ours are: somebody in between may have set others.
    var ownIsolation: SQL {
        "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')"
    }

    /// Undo records that wait for purge, and sessions.
    var counts: SQL {
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_history_list_length', 'Threads_connected')"
    }

    /// The transaction that has been open for longest, beside ours: what died since cannot be purged as long as it looks at
    /// the past.
    var oldest: SQL {
        """
        SELECT t.trx_mysql_thread_id, TIMESTAMPDIFF(MICROSECOND, t.trx_started, NOW(6)), p.USER, p.HOST, p.COMMAND,
        COALESCE(t.trx_query, p.INFO), t.trx_isolation_level FROM information_schema.INNODB_TRX AS t
        LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = t.trx_mysql_thread_id
        WHERE t.trx_mysql_thread_id <> CONNECTION_ID() ORDER BY t.trx_started, t.trx_id LIMIT 1
        """
    }

    /// Tables of ours and their indexes.
    var indexes: SQL {
        """
        SELECT DISTINCT TABLE_NAME, INDEX_NAME FROM information_schema.STATISTICS
        WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, \(tables.prefix.text.count)) = '\(tables.prefix)'
        """
    }

    /// What is told apart by the rights it takes; nothing is done. `column` is one of the table's.
    func probes(_ table: SQL, column: SQL) -> [(right: String, statement: SQL)] {
        [
            ("SELECT", "EXPLAIN SELECT * FROM \(table) WHERE FALSE"),
            ("INSERT", "EXPLAIN INSERT INTO \(table) () VALUES ()"),
            ("UPDATE", "EXPLAIN UPDATE \(table) SET \(column) = 0 WHERE FALSE"),
            ("DELETE", "EXPLAIN DELETE FROM \(table) WHERE FALSE"),
        ]
    }

    // What is said to people, who run it themselves.
    static let grant = "`GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE ON` the database"
    static func end(_ session: Int64) -> String { "`KILL \(session)`" }
    static func set(_ name: String, _ value: String) -> String {
        "`SET GLOBAL \(name) = \(value)`, and `\(name) = \(value)` in the server's settings"
    }
}
