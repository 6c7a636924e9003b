/// What a session needs to be of use to us.
enum ConnectionStatements {
    /// READ COMMITTED: a claim must lock what it takes and not the gaps between. Strict: a value that does not fit is an
    /// error, not another value. A short lock wait, because others wait behind it. The level by a statement, as its
    /// variable has another name on MySQL and on newer servers.
    static let session: SQL = """
        SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
        SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 2, \
        autocommit = 1, sql_safe_updates = 0
        """

    /// Asked where there are several hosts: users with many rights may write to a replica, too.
    static let isReadOnly: SQL = "SELECT @@GLOBAL.read_only"
}
