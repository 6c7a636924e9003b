/// What the catalogues know of the tables and of who is in their way. Reads only; needs no rights but to connect, though
/// others' statements and ages are shown to members of pg_read_all_stats only.
struct DoctorStatements: Sendable {
    /// Whether it may be written, who is connected, and of how many that may be.
    let server: Statement
    /// By name ($1), as they were before our sessions set their own.
    let settings: Statement
    /// Who keeps dead rows from being removed, oldest first: snapshots and transactions of sessions, of standbys (no
    /// database), prepared transactions and replication slots.
    let horizon: Statement
    let tables: Statement
    let indexes: Statement
    /// Rights that this user lacks.
    let rights: Statement

    // What is said to people, who run it themselves.
    static let reload = "`SELECT pg_reload_conf()`"
    static func end(_ pid: Int32) -> String { "`SELECT pg_terminate_backend(\(pid))`" }
    static func dropSlot(_ name: String) -> String { "`SELECT pg_drop_replication_slot(\(Script.literal(name)))`" }

    init(_ schema: String) {
        let place = "to_regnamespace(\(Script.literal(schema)))"
        server = Statement(
            "hakobi_doctor_server",
            """
            SELECT pg_is_in_recovery(), current_setting('server_version'), count(*),
            current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8
            FROM pg_stat_activity WHERE datid IS NOT NULL
            """)
        settings = Statement(
            "hakobi_doctor_settings", "SELECT name, reset_val FROM pg_settings WHERE name = ANY ($1::text[])")
        horizon = Self.horizon
        tables = Statement(
            "hakobi_doctor_tables",
            """
            SELECT c.relname::text, coalesce(s.n_live_tup, 0), coalesce(s.n_dead_tup, 0), pg_relation_size(c.oid),
            pg_indexes_size(c.oid), \(Self.age("greatest(s.last_autovacuum, s.last_vacuum)")),
            coalesce('autovacuum_enabled=false' = ANY (c.reloptions) OR 'autovacuum_enabled=off' = ANY (c.reloptions), false)
            FROM pg_class AS c LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
            WHERE c.relnamespace = \(place) AND c.relkind = 'r' ORDER BY 1
            """)
        indexes = Statement(
            "hakobi_doctor_indexes",
            """
            SELECT c.relname::text, i.indisvalid AND i.indisready FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
            WHERE c.relnamespace = \(place)
            """)
        rights = Statement(
            "hakobi_doctor_rights",
            """
            SELECT 'USAGE', \(Script.literal("schema \(schema)")) WHERE NOT has_schema_privilege(\(place), 'USAGE')
            UNION ALL
            SELECT r.name, c.relname::text
            FROM pg_class AS c CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r (name)
            WHERE c.relnamespace = \(place) AND c.relkind = 'r' AND NOT has_table_privilege(c.oid, r.name)
            AND (r.name = 'SELECT' OR c.relname <> 'schema_version')
            """)
    }

    private static func age(_ column: String) -> String {
        "(extract(epoch FROM clock_timestamp() - \(column)) * 1000000)::int8"
    }

    private static let horizon = Statement(
        "hakobi_doctor_horizon",
        """
        SELECT a.what, a.pid, a.name, a.who, a.state, a.age, a.text FROM (
        SELECT 'session' AS what, pid, application_name AS name, usename::text AS who, state,
        \(Self.age("xact_start")) AS age, left(query, 200) AS text,
        greatest(age(backend_xmin), age(backend_xid)) AS xids
        FROM pg_stat_activity WHERE (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
        AND pid <> pg_backend_pid() AND backend_type IS DISTINCT FROM 'autovacuum worker'
        AND coalesce(datname = current_database(), true)
        UNION ALL
        SELECT 'prepared', NULL, gid, owner::text, NULL, \(Self.age("prepared")), NULL, age(transaction)
        FROM pg_prepared_xacts WHERE database = current_database()
        UNION ALL
        SELECT 'slot', active_pid, slot_name::text, NULL, NULL, NULL, NULL, age(xmin)
        FROM pg_replication_slots WHERE xmin IS NOT NULL) AS a
        ORDER BY a.xids DESC, a.age DESC NULLS LAST LIMIT 1
        """)
}
