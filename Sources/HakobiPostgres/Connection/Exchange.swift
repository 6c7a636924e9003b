internal import CPostgres
internal import Glibc
internal import HakobiCore

/// One round on its way: sent, waited for, collected.
struct Exchange {
    /// What the server owes us, in order.
    private enum Debt {
        case preparation(String)
        case answer(Int)
        case sync
    }

    private let round: Round
    private var debts: [Debt] = []
    private var paid = 0
    private(set) var rows: [Rows?]
    private(set) var failure: PostgresError?
    private(set) var isInTransaction: Bool
    /// What a lost connection would leave in doubt: nothing until a commit may have been sent.
    private var doubt = StoreError.Effect.notDone

    init(round: Round, isInTransaction: Bool) {
        self.round = round
        self.isInTransaction = isInTransaction
        rows = Array(repeating: nil, count: round.steps.count)
    }

    mutating func perform(on connection: Connection) throws(PostgresError) {
        guard !round.parameters.isTooLong else {
            throw PostgresError(defect: "a value is longer than the protocol can carry (2 GiB)")
        }
        try send(on: connection)
        while paid < debts.count { try collect(on: connection) }
        // What the server says counts: a COMMIT behind a failed statement was not heard.
        isInTransaction = PQtransactionStatus(connection.handle) != PQTRANS_IDLE
    }

    private mutating func send(on connection: Connection) throws(PostgresError) {
        var new: Set<String> = []
        for (index, step) in round.steps.enumerated() {
            let statement = step.statement
            if connection.preparesStatements, !connection.prepared.contains(statement.name),
                new.insert(statement.name).inserted
            {
                let sent = round.parameters.types.withUnsafeBufferPointer { types in
                    PQsendPrepare(
                        connection.handle, statement.name, statement.text, Int32(step.parameters.count),
                        types.baseAddress.map { $0 + step.parameters.lowerBound })
                }
                try check(sent, connection)
                debts.append(.preparation(statement.name))
            }
            try check(round.send(statement, step.parameters, on: connection), connection)
            debts.append(.answer(index))
            follow(statement.kind)
        }
        try sync(on: connection)
    }

    /// A Sync commits what was done since the last one, unless a transaction was begun and not committed.
    private mutating func sync(on connection: Connection) throws(PostgresError) {
        if !isInTransaction, !round.isReadOnly { doubt = .unknown }
        try check(PQpipelineSync(connection.handle), connection)
        debts.append(.sync)
    }

    private mutating func follow(_ kind: Statement.Kind) {
        switch kind {
        case .plain: break
        case .begin: isInTransaction = true
        case .commit:
            isInTransaction = false
            if !round.isReadOnly { doubt = .unknown }
        case .rollback: isInTransaction = false
        }
    }

    private func check(_ sent: Int32, _ connection: Connection) throws(PostgresError) {
        guard sent != 1 else { return }
        throw connection.lost(PostgresError.firstLine(PQerrorMessage(connection.handle)), doubt)
    }

    /// One message of the server's: a result, the end of a statement's results, or a Sync's echo.
    private mutating func collect(on connection: Connection) throws(PostgresError) {
        try connection.waitForResult(doubt)
        guard let result = PQgetResult(connection.handle) else {
            // The end of one statement's results, when it is not the end of everything.
            if PQstatus(connection.handle) != CONNECTION_OK { throw brokenOff(connection) }
            return
        }
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            paid += 1
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: accept(result, connection)
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            paid += 1
        default: try refuse(result, connection)
        }
    }

    private mutating func accept(_ result: OpaquePointer, _ connection: Connection) {
        switch debts[paid] {
        case .preparation(let name):
            connection.prepared.insert(name)
            PQclear(result)
        case .answer(let index): rows[index] = Rows(owning: result)
        case .sync: PQclear(result)
        }
        paid += 1
    }

    private mutating func refuse(_ result: OpaquePointer, _ connection: Connection) throws(PostgresError) {
        defer { PQclear(result) }
        var error = PostgresError(result: result, user: connection.address.user)
        paid += 1
        if error.endsConnection, error.sqlState != .readOnly || PQstatus(connection.handle) != CONNECTION_OK {
            connection.isLost = true
            error.effect = doubt
            throw error
        }
        if failure == nil { failure = error }
    }

    private func brokenOff(_ connection: Connection) -> PostgresError {
        failure ?? connection.lost(PostgresError.firstLine(PQerrorMessage(connection.handle)), doubt)
    }
}

extension Round {
    /// Queues one statement; 1 when libpq took it.
    fileprivate func send(_ statement: Statement, _ range: Range<Int>, on connection: Connection) -> Int32 {
        let count = Int32(range.count)
        let base = UnsafePointer(parameters.arena.base.assumingMemoryBound(to: CChar.self))
        let values = range.map { index -> UnsafePointer<CChar>? in
            let offset = parameters.offsets[index]
            return offset < 0 ? nil : base + offset
        }
        let formats = [Int32](repeating: 1, count: range.count)
        return parameters.lengths.withUnsafeBufferPointer { lengths in
            let lengths = lengths.baseAddress.map { $0 + range.lowerBound }
            if connection.preparesStatements {
                return PQsendQueryPrepared(connection.handle, statement.name, count, values, lengths, formats, 1)
            }
            return parameters.types.withUnsafeBufferPointer { types in
                PQsendQueryParams(
                    connection.handle, statement.text, count, types.baseAddress.map { $0 + range.lowerBound }, values,
                    lengths, formats, 1)
            }
        }
    }
}
