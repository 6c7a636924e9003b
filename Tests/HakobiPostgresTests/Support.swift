import CPostgres
import HakobiCore
import Logging
import Servers
import Synchronization
import Testing

@testable import HakobiDatabase
@testable import HakobiPostgres

/// A connection to the tests' own server, without a link.
func connect(_ url: String, name: String = "hakobi test") throws -> Connection {
    let address = try PostgresAddress(parsing: url)
    let connector = Connector(address: address, applicationName: name)
    return try connector.connect(first: 0, bell: try Bell(), isWanted: { true }).0
}

extension Connection {
    /// Several statements by the simple protocol; each commits alone unless the script says BEGIN.
    func run(script: String) throws(PostgresError) {
        guard !isLost else { throw lost("it was over before", .notDone) }
        guard PQexitPipelineMode(handle) == 1, PQsendQuery(handle, script) == 1 else {
            throw lost(PostgresError.firstLine(PQerrorMessage(handle)), .notDone)
        }
        var failure: PostgresError?
        while true {
            try waitForResult(.unknown)
            guard let result = PQgetResult(handle) else { break }
            let status = PQresultStatus(result)
            if status != PGRES_COMMAND_OK, status != PGRES_TUPLES_OK, status != PGRES_EMPTY_QUERY, failure == nil {
                failure = PostgresError(result: result, user: address.user)
            }
            PQclear(result)
        }
        if PQstatus(handle) != CONNECTION_OK {
            throw lost(PostgresError.firstLine(PQerrorMessage(handle)), .unknown)
        }
        // A script that failed inside its BEGIN leaves a transaction that nothing but its end can follow.
        if failure != nil, PQtransactionStatus(handle) != PQTRANS_IDLE { PQclear(PQexec(handle, "ROLLBACK")) }
        guard PQenterPipelineMode(handle) == 1 else { throw lost("pipeline mode was refused", .unknown) }
        if let failure { throw failure }
    }

    /// One statement by itself.
    func run(_ text: String, _ bind: (Parameters) -> Void = { _ in }) throws(PostgresError) -> Rows {
        let round = newRound()
        let step = round.add(Statement("test \(text.hashValue)", text), bind)
        return try run(round)[step]
    }
}
