/// Jobs that nobody is to touch, and some that are due among them, for the tests of what a hot statement costs.
enum Walls {
    /// Lane 2 is asked for, and a third of the rows are in it and not due; as many are of a kind nobody asks for (lane 4), and
    /// in a paused queue (lane 6), and due.
    static func waiting(_ rows: Int, schema: String = "hakobi") -> String {
        """
        SELECT \(schema).lane_number('default', 'work', 5::smallint),
        \(schema).lane_number('default', 'other', 5::smallint), \(schema).lane_number('stopped', 'work', 5::smallint);
        UPDATE \(schema).queue SET is_paused = true WHERE name = 'stopped';
        INSERT INTO \(schema).live (id, due, created, lane, kind, max_failures, version, codec, payload)
        SELECT gen_random_uuid(), \(schema).now_us() + CASE WHEN i % 3 = 0 THEN 86400000000 ELSE -9000000 END, 1,
        i % 3 * 2 + 2, 1, 10, 1, 'json', '{}' FROM generate_series(1, \(rows)) AS i;

        """
    }

    /// Three hundred in lane 2 that are due.
    static func due(schema: String = "hakobi") -> String {
        """
        INSERT INTO \(schema).live (id, due, created, lane, kind, max_failures, version, codec, payload)
        SELECT gen_random_uuid(), \(schema).now_us() - 5000000, 1, 2, 1, 10, 1, 'json', '{}' FROM generate_series(1, 300);

        """
    }

    /// Rows of lane 2 that have ended; `ended` is SQL for the moment of row `i`.
    static func finished(_ rows: Int, ended: String = "i", schema: String = "hakobi") -> String {
        """
        INSERT INTO \(schema).finished (job_row, id, due, created, ended, lane, kind, attempt, failures, crashes,
        max_failures, version, flags, state, codec, payload)
        SELECT -i, gen_random_uuid(), i, i, \(ended), 2, 1, 1, 0, 0, 10, 1, 0, 3, 'json', '{}'
        FROM generate_series(1, \(rows)) AS i;

        """
    }
}
