internal import CPostgres
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase

extension Connection {
    /// Until `PQgetResult` would not block: writes what is left to write, reads what comes, hears the bell.
    func waitForResult(_ doubt: StoreError.Effect) throws(PostgresError) {
        var due: ContinuousClock.Instant?
        while true {
            let flushed = PQflush(handle)
            guard flushed >= 0 else { throw lost(PostgresError.firstLine(PQerrorMessage(handle)), doubt) }
            if PQisBusy(handle) == 0 { return }
            let events = Int16(POLLIN) | (flushed == 1 ? Int16(POLLOUT) : 0)
            let ready = Readiness.wait(socket: PQsocket(handle), events, bell: bell, until: due)
            if ready.bellRang {
                bell.silence()
                due = deadline()
            }
            if let due, ContinuousClock.now >= due {
                throw lost("it was given up because the caller went away and no answer came", doubt)
            }
            if ready.socketIsReady, PQconsumeInput(handle) == 0 {
                // What the server said last, and why, is still among the results; PQgetResult hands it out first.
                return
            }
        }
    }

    /// Several statements by the simple protocol, as migrations have them; each commits alone unless the script says BEGIN.
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
}
