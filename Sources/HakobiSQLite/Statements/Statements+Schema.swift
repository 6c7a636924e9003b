/// The tables themselves, and what is kept of their version.
extension Statements {
    var schemaText: String {
        switch self {
        case .hasSchema: "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'hakobi_schema'"
        case .schemaRow: "SELECT version, oldest_reader, oldest_writer FROM hakobi_schema WHERE only_row = 1"
        case .insertSchemaRow:
            """
            INSERT INTO hakobi_schema (only_row, version, oldest_reader, oldest_writer, epoch, last_row)
            VALUES (1, ?1, ?2, ?3, 0, 0)
            """
        // Guard: never lowers what a newer program wrote.
        case .updateSchemaRow:
            """
            UPDATE hakobi_schema SET version = ?1, oldest_reader = ?2, oldest_writer = ?3
            WHERE only_row = 1 AND version < ?1
            """
        case .epoch: "SELECT epoch, last_row FROM hakobi_schema WHERE only_row = 1"
        case .raiseEpoch: "UPDATE hakobi_schema SET epoch = epoch + 1 WHERE only_row = 1"
        // For schema.sql; the order does not depend on how the schema came to be.
        case .dumpSchema:
            """
            SELECT sql FROM main.sqlite_schema WHERE name LIKE 'hakobi\\_%' ESCAPE '\\' AND sql IS NOT NULL
            ORDER BY tbl_name, type DESC, name
            """
        default:  // indexNames
            "SELECT group_concat(name, ' ') FROM main.sqlite_schema WHERE type = 'index'"
        }
    }
}
