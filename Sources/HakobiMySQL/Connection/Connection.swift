internal import CMariaDB
internal import Glibc
internal import HakobiCore

/// One session at the server. Lives on one thread, which it blocks.
final class Connection {
    private let handle: UnsafeMutablePointer<MYSQL>
    private var prepared: [String: UnsafeMutablePointer<MYSQL_STMT>] = [:]
    /// A comment before every statement: the server's list of processes shows it.
    private let tag: String
    let isMariaDB: Bool
    private(set) var isLost = false
    private(set) var isInTransaction = false
    /// A commit may have been on its way when the connection was lost.
    private var isCommitting = false

    init(_ handle: UnsafeMutablePointer<MYSQL>, clientName: String) {
        self.handle = handle
        tag = "/* \(clientName.filter { $0 != "*" }) \(getpid()) */ "
        isMariaDB = mariadb_connection(handle) != 0
    }

    deinit {
        for statement in prepared.values { mysql_stmt_close(statement) }
        mysql_close(handle)
    }

    var socket: Int32 { mysql_get_socket(handle) }
    var isEncrypted: Bool { mysql_get_ssl_cipher(handle) != nil }
    var serverVersion: Int { Int(mysql_get_server_version(handle)) }
    var serverName: String { String(cString: mysql_get_server_info(handle)) }
    var session: UInt { UInt(mysql_thread_id(handle)) }

    /// Whether the server has said something unasked, which only an end can be.
    var isStillThere: Bool {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 0
    }

    // MARK: Texts

    /// Statements in one message; one answer each, also of a script that stands for several. `commits`: what they do may be
    /// durable although no answer comes.
    @discardableResult
    func run(_ statements: SQL..., commits: Bool = true) throws(MySQLError) -> [Rows] {
        try run(statements, commits: commits)
    }

    @discardableResult
    func run(_ statements: [SQL], commits: Bool = true) throws(MySQLError) -> [Rows] {
        isCommitting = commits && (!isInTransaction || statements.last?.text == "COMMIT")
        var text = ""
        for statement in statements { text += (text.isEmpty ? tag : "; \(tag)") + statement.text }
        let failed = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                mysql_real_query(handle, $0.baseAddress, CUnsignedLong($0.count))
            }
        }
        guard failed == 0 else { throw failure() }
        var answers: [Rows] = []
        while true {
            answers.append(try answer())
            let more = mysql_next_result(handle)
            if more < 0 { break }
            guard more == 0 else { throw failure() }
        }
        isCommitting = false
        return answers
    }

    private func answer() throws(MySQLError) -> Rows {
        guard let result = mysql_store_result(handle) else {
            guard mysql_field_count(handle) == 0 else { throw failure() }
            var rows = Rows(width: 0)
            rows.affected = Int(Int64(bitPattern: mysql_affected_rows(handle)))
            return rows
        }
        defer { mysql_free_result(result) }
        let width = Int(mysql_num_fields(result))
        var rows = Rows(width: width)
        while let row = mysql_fetch_row(result), let lengths = mysql_fetch_lengths(result) {
            for column in 0..<width {
                rows.add(row[column].map { UnsafeRawBufferPointer(start: $0, count: Int(lengths[column])) })
            }
            rows.endRow()
        }
        return rows
    }

    // MARK: Prepared statements

    /// Runs a statement with what `bind` puts into its places.
    @discardableResult
    func run(
        _ statement: Prepared, commits: Bool = true, _ bind: (inout Values) throws(MySQLError) -> Void
    ) throws(MySQLError) -> Rows {
        var values = Values()
        try bind(&values)
        values.endRow()
        return try run(statement, values, commits: commits)
    }

    /// Runs a statement once for each of `items`, in one message where the server can.
    @discardableResult
    func run<Items: Collection>(
        _ statement: Prepared, each items: Items, commits: Bool = true,
        _ bind: (inout Values, Items.Element) throws(MySQLError) -> Void
    ) throws(MySQLError) -> Rows {
        guard isMariaDB || items.count == 1 else { return try runSingly(statement, items, commits, bind) }
        var values = Values()
        for item in items {
            try bind(&values, item)
            values.endRow()
        }
        return items.isEmpty ? Rows(width: 0) : try run(statement, values, commits: commits)
    }

    private func runSingly<Items: Collection>(
        _ statement: Prepared, _ items: Items, _ commits: Bool,
        _ bind: (inout Values, Items.Element) throws(MySQLError) -> Void
    ) throws(MySQLError) -> Rows {
        var all = Rows(width: 0)
        for item in items {
            let one = try run(statement, commits: commits) { values throws(MySQLError) in try bind(&values, item) }
            all.affected += one.affected
        }
        return all
    }

    private func run(_ statement: Prepared, _ values: Values, commits: Bool) throws(MySQLError) -> Rows {
        let handle = try prepare(statement)
        let isBulk = values.rowCount > 1
        var count: CUnsignedInt = isBulk ? CUnsignedInt(values.rowCount) : 0
        mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &count)
        var execution = Execution(values, isBulk: isBulk)
        defer { execution.end() }
        isCommitting = commits && !isInTransaction
        guard execution.bind(to: handle), mysql_stmt_execute(handle) == 0 else { throw failure(of: handle) }
        let rows: Rows
        do throws(MySQLError) {
            rows = try mysql_stmt_field_count(handle) > 0 ? PreparedRows.fetch(handle) : written(handle)
        } catch {
            throw noted(error)
        }
        isCommitting = false
        return rows
    }

    private func prepare(_ statement: Prepared) throws(MySQLError) -> UnsafeMutablePointer<MYSQL_STMT> {
        if let known = prepared[statement.text] { return known }
        guard let handle = mysql_stmt_init(handle) else { throw .defect("no memory for a statement") }
        var text = tag + statement.text
        let failed = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                mysql_stmt_prepare(handle, $0.baseAddress, CUnsignedLong($0.count))
            }
        }
        guard failed == 0 else {
            let error = failure(of: handle)
            mysql_stmt_close(handle)
            throw error
        }
        prepared[statement.text] = handle
        return handle
    }

    private func written(_ statement: UnsafeMutablePointer<MYSQL_STMT>) -> Rows {
        var rows = Rows(width: 0)
        rows.affected = Int(Int64(bitPattern: mysql_stmt_affected_rows(statement)))
        return rows
    }

    // MARK: Transactions

    func begin() throws(MySQLError) {
        try run("START TRANSACTION", commits: false)
        isInTransaction = true
    }

    func commit() throws(MySQLError) {
        try run("COMMIT")
        isInTransaction = false
    }

    func rollBack() throws(MySQLError) {
        isInTransaction = false
        try run("ROLLBACK", commits: false)
    }

    /// Ends a transaction whose failure is nobody's answer. A connection that cannot even do that is lost.
    func abandonTransaction() {
        guard !isLost else { return }
        do throws(MySQLError) { try rollBack() } catch { isLost = true }
    }

    /// What text statements have begun or ended beside `begin` and `commit`.
    func noteTransaction(isOpen: Bool) { isInTransaction = isOpen }

    // MARK: Errors

    private func failure() -> MySQLError {
        noted(MySQLError(code: mysql_errno(handle), text: String(cString: mysql_error(handle))))
    }

    private func failure(of statement: UnsafeMutablePointer<MYSQL_STMT>) -> MySQLError {
        noted(MySQLError(code: mysql_stmt_errno(statement), text: String(cString: mysql_stmt_error(statement))))
    }

    private func noted(_ error: MySQLError) -> MySQLError {
        var error = error
        if error.endsConnection {
            isLost = true
            if error.reason == .unreachable, isCommitting { error.effect = .unknown }
        } else {
            // What is left of an answer would be taken for the next one's.
            while mysql_more_results(handle) != 0, mysql_next_result(handle) == 0 {
                if let rest = mysql_store_result(handle) { mysql_free_result(rest) }
            }
        }
        isCommitting = false
        return error
    }
}
