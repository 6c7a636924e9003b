/// What a session needs to be of use to us.
enum ConnectionStatements {
    /// READ COMMITTED: a claim must lock what it takes and not the gaps between. Strict: a value that does not fit is an
    /// error, not another value. A short lock wait: whoever is in the way is tried again.
    static let session: SQL = """
        SET SESSION tx_isolation = 'READ-COMMITTED', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
        innodb_lock_wait_timeout = 5, autocommit = 1, sql_safe_updates = 0
        """
}
