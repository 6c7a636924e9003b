/// The tables' version, and who may change it.
struct SchemaStatements: Sendable {
    let tables: Tables

    /// The row of the version; a table that is missing is an error.
    var version: SQL { "SELECT version, oldest_reader, oldest_writer FROM \(tables.schema) WHERE only_row = 1" }

    /// Guard: never lowers what a newer program wrote.
    func putVersion(_ version: Int, reader: Int, writer: Int) -> SQL {
        """
        INSERT INTO \(tables.schema) (only_row, version, oldest_reader, oldest_writer)
        VALUES (1, \(version), \(reader), \(writer)) ON DUPLICATE KEY UPDATE
        oldest_reader = IF(version < \(version), VALUES(oldest_reader), oldest_reader),
        oldest_writer = IF(version < \(version), VALUES(oldest_writer), oldest_writer),
        version = GREATEST(version, VALUES(version))
        """
    }

    /// All of it, for what was made to be thrown away.
    var removeAll: SQL {
        """
        DROP TABLE IF EXISTS \(tables.job), \(tables.kept), \(tables.attempt), \(tables.tally), \(tables.idempotency),
        \(tables.kind), \(tables.queue), \(tables.lane), \(tables.owner), \(tables.reporter), \(tables.worker),
        \(tables.schema); DROP PROCEDURE IF EXISTS \(tables.prefix)put;
        DROP PROCEDURE IF EXISTS \(tables.prefix)enqueue; DROP PROCEDURE IF EXISTS \(tables.prefix)enqueue_job;
        DROP PROCEDURE IF EXISTS \(tables.prefix)complete
        """
    }

    /// Whoever migrates this database at the same time waits, for half a minute at most; let go by the session's end.
    var lock: SQL { "SELECT GET_LOCK(CONCAT('hakobi ', LEFT(DATABASE(), 50)), 30)" }
    var unlock: SQL { "SELECT RELEASE_LOCK(CONCAT('hakobi ', LEFT(DATABASE(), 50)))" }
}
