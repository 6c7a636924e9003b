import Servers

/// A fresh store on a server, and a table of the handlers' own beside it.
struct TransactionGround {
    enum Kind: String, CaseIterable, Sendable { case postgres, mariadb }

    /// As `--store` takes it.
    let store: String
    /// As a handler's own client takes it.
    private let database: String
    private let schema: String
    private let run: (String) throws -> String

    // What is counted, as it stands after FROM.
    let live: String
    let completed: String
    let attempts: String
    let crashed: String
    let reported: (_ id: String) -> String
    let failedOnce: (_ id: String) -> String
    private let enqueued: (_ payload: String) -> String

    init(_ kind: Kind) throws {
        switch kind {
        case .postgres: try self.init(PostgresServer.shared())
        case .mariadb: try self.init(MariaDBServer.shared())
        }
    }

    private init(_ server: PostgresServer) throws {
        let (name, schema) = (try server.database(), server.freshSchema())
        self.schema = schema
        store = server.url(database: name, "hakobi_schema=\(schema)")
        database = server.url(database: name)
        run = { try server.sql($0, database: name) }
        live = "\(schema).live"
        completed = "\(schema).finished WHERE state = 3"
        attempts = "\(schema).attempt"
        crashed = "\(attempts) WHERE outcome = 'crashed' AND signal = 9"
        reported = {
            "\(schema).finished JOIN \(schema).reporter USING (reporter) WHERE id = '\($0)' AND pid > 0 AND ran > 0"
        }
        failedOnce = { "\(schema).live WHERE id = '\($0)' AND failures = 1" }
        enqueued = { "SELECT \(schema).enqueue('count', '\($0)')" }
        try sql("CREATE TABLE counted (id uuid NOT NULL)")
    }

    private init(_ server: MariaDBServer) throws {
        let name = try server.database()
        schema = ""
        store = server.url(database: name)
        database = store
        run = { try server.sql($0, database: name) }
        live = "hakobi_job WHERE place > -3"
        completed = "hakobi_job WHERE place = -3"
        attempts = "hakobi_attempt"
        crashed = "\(attempts) WHERE outcome = 'crashed' AND death_signal = 9"
        let isJob: (String) -> String = { "id = UNHEX(REPLACE('\($0)', '-', ''))" }
        reported = { "hakobi_job JOIN hakobi_reporter USING (reporter) WHERE \(isJob($0)) AND pid > 0 AND ran > 0" }
        failedOnce = { "hakobi_job WHERE place > 0 AND \(isJob($0)) AND failures = 1" }
        enqueued = { "CALL hakobi_enqueue('count', '\($0)', NULL, NULL, NULL, NULL, NULL, @id); SELECT @id" }
        try sql("CREATE TABLE counted (id VARCHAR(36) NOT NULL) ENGINE = InnoDB")
    }

    @discardableResult
    func sql(_ text: String) throws -> String { try run(text) }

    func count(_ from: String) throws -> Int { Int(try sql("SELECT count(*) FROM \(from)")) ?? -1 }

    /// A job that counts and dies; its id.
    func enqueue(_ dieAt: String) throws -> String {
        try sql(enqueued(#"{"database":"\#(database)","schema":"\#(schema)","dieAt":"\#(dieAt)"}"#))
    }
}
