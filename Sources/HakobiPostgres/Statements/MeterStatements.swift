/// What benchmarks ask a server, and how they get in its way.
enum MeterStatements {
    /// Bytes of log since the server was made.
    static let position = Statement(
        "hakobi_meter_position", "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8")
    /// Pages that this database's sessions have looked at; told a second or so later.
    static let pages = Statement(
        "hakobi_meter_pages",
        "SELECT (blks_hit + blks_read)::int8 FROM pg_stat_database WHERE datname = current_database()")
    /// One look in a transaction that stays open: from here on nothing that dies can be removed.
    static let hold = Statement("hakobi_meter_hold", "BEGIN ISOLATION LEVEL REPEATABLE READ")
    static let look = Statement("hakobi_meter_look", "SELECT count(*) FROM pg_class")

    /// Counts all jobs, for as long as $1 says: a report somebody runs.
    static func report(_ schema: String) -> Statement {
        Statement(
            "hakobi_meter_report",
            """
            SELECT (SELECT count(*) FROM \(schema).finished) + (SELECT count(*) FROM \(schema).live),
            pg_sleep(0.000001 * $1::int8)::text
            """)
    }
}
