/// What a session needs to be of use to us, and the tables' version.
struct SessionStatements: Sendable {
    /// $1: for this transaction only, $2: answers need not wait for other servers than this one.
    ///
    /// Plans are kept from flipping: every statement here is meant to go by its index, however empty the tables were when it
    /// was planned, and a plan that scans or sorts a table of half a million rows would be found out by the users. Whoever
    /// meets another waits and goes on with what is there then, which is what READ COMMITTED does; but other people's
    /// transactions may stay open for hours, and a connection that serves many must not wait for one.
    static let settings = Statement(
        "hakobi_settings",
        """
        SELECT set_config('enable_seqscan', 'off', $1), set_config('enable_bitmapscan', 'off', $1),
        set_config('enable_hashjoin', 'off', $1), set_config('enable_mergejoin', 'off', $1),
        set_config('enable_sort', 'off', $1), set_config('enable_material', 'off', $1), set_config('jit', 'off', $1),
        set_config('plan_cache_mode', 'force_generic_plan', $1),
        set_config('default_transaction_isolation', 'read committed', $1), set_config('lock_timeout', '2s', $1),
        set_config('synchronous_commit', CASE WHEN $2 THEN 'local'
            WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
            ELSE current_setting('synchronous_commit') END, $1)
        """)

    let hasSchema: Statement
    let schemaRow: Statement
    let putSchemaRow: Statement
    /// Whoever migrates this schema at the same time waits, however long; let go by the transaction's end.
    let lockSchema: Statement
    /// A hint for the others, if one of them waits for work. Who commits a NOTIFY takes a lock of the whole database.
    let tellIdle: Statement
    /// Hints are wanted for so many microseconds; never shortens what another wants.
    let wantHints: Statement
    let createSchema: Statement
    let dropSchema: Statement

    init(_ schema: String) {
        // Read from the catalogue's own tables: the by-name functions answer from a cache, which does not hear of what
        // another has made while this session waited for the lock.
        hasSchema = Statement(
            "hakobi_has_schema",
            """
            SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'schema_version'),
            EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)
            """)
        schemaRow = Statement(
            "hakobi_schema_row", "SELECT version, oldest_reader, oldest_writer FROM \(schema).schema_version")
        // Guard: never lowers what a newer program wrote.
        putSchemaRow = Statement("hakobi_put_schema_row", Self.schemaRow(schema, "$1, $2, $3"))
        lockSchema = Statement(
            "hakobi_lock_schema",
            """
            SELECT set_config('lock_timeout', '0', true), pg_advisory_xact_lock(hashtextextended('hakobi ' || $1, 0))
            """)
        tellIdle = Statement(
            "hakobi_tell_idle",
            "SELECT pg_notify($1, '') FROM \(schema).idle_until WHERE last_value >= \(schema).now_us()")
        wantHints = Statement(
            "hakobi_want_hints",
            """
            SELECT setval('\(schema.replacing("'", with: "''")).idle_until', greatest(last_value, \(schema).now_us() + $1))
            FROM \(schema).idle_until
            """)
        createSchema = Statement("hakobi_create_schema", "CREATE SCHEMA IF NOT EXISTS \(schema)")
        dropSchema = Statement("hakobi_drop_schema", "DROP SCHEMA IF EXISTS \(schema) CASCADE")
    }

    /// Says which shape the tables have now.
    static func schemaRow(_ schema: String, _ values: String) -> String {
        """
        INSERT INTO \(schema).schema_version AS s (only_row, version, oldest_reader, oldest_writer)
        VALUES (true, \(values))
        ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, oldest_reader = excluded.oldest_reader,
        oldest_writer = excluded.oldest_writer WHERE s.version < excluded.version;
        """
    }
}
