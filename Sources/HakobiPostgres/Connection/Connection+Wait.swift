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
}
