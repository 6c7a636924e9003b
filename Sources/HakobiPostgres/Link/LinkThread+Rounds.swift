internal import CPostgres
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase
internal import Logging

extension LinkThread {
    /// Everything that has gathered, and the answers.
    func round(on connection: Connection) {
        guard isStillThere(connection) else { return }
        let tickets = inbox.takeAll()
        defer { inbox.finishRound() }
        perform(tickets, on: connection, tries: 0)
    }

    /// A server that went away while nobody asked has said so: better seen before a round than after.
    private func isStillThere(_ connection: Connection) -> Bool {
        var entry = pollfd(fd: PQsocket(connection.handle), events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return true }
        do throws(PostgresError) { try connection.readUnasked() } catch {
            drop(error)
            return false
        }
        return true
    }

    /// How often a round that was in others' way is repeated at once.
    private static var mostTries: Int { 8 }

    private func perform(_ tickets: [Ticket<R.Work>], on connection: Connection, tries: Int) {
        do throws(PostgresError) {
            try rounds.round(tickets, on: connection)
            // Somebody was content with a part.
            if connection.isLost { drop(PostgresError(lost: "it ended within a round", effect: .notDone)) }
            backoff.reset()
            for ticket in tickets where !ticket.waiting.isAnswered {
                ticket.fail(PostgresError(defect: "a round ended without an answer to it"))
            }
        } catch {
            let left = tickets.filter { !$0.waiting.isAnswered }
            if connection.isLost || error.endsConnection { return lose(left, error) }
            guard rollBack(connection, left) else { return }
            if error.isWorthRepeating, tries < Self.mostTries {
                prepareRepeating(error, connection, tries)
                if connection.isLost { return inbox.putBack(left) }
                return perform(left, on: connection, tries: tries + 1)
            }
            guard left.count > 1, error.isAboutOne else {
                for ticket in left { ticket.fail(error) }
                return
            }
            // Each alone: a defect is its own, and this costs nothing while all goes well, which a savepoint each would.
            for ticket in left {
                if connection.isLost {
                    inbox.putBack([ticket])
                } else {
                    perform([ticket], on: connection, tries: tries)
                }
            }
        }
    }

    /// The connection is gone. What was certainly not done waits for the next one; the rest is told.
    private func lose(_ tickets: [Ticket<R.Work>], _ error: PostgresError) {
        if error.effect == .notDone, inbox.hurry == nil {
            inbox.putBack(tickets)
        } else {
            for ticket in tickets { ticket.fail(error) }
        }
        drop(error)
    }

    private func rollBack(_ connection: Connection, _ tickets: [Ticket<R.Work>]) -> Bool {
        do throws(PostgresError) { try connection.rollBack() } catch {
            lose(tickets, error)
            return false
        }
        return true
    }

    private func prepareRepeating(_ error: PostgresError, _ connection: Connection, _ tries: Int) {
        switch error.sqlState {
        case .noSuchPrepared, .preparedTwice:
            noticePooler("a prepared statement was not there, or there twice")
            connection.preparesStatements = false
        case .stalePlan:
            // The tables have changed under a plan: new names would do, a new session is simpler.
            drop(PostgresError(lost: "the tables have changed", effect: .notDone))
            connection.isLost = true
        default:
            // Whoever else was in the way is given a moment, each of us another.
            usleep(UInt32.random(in: 200...2000) << UInt32(min(tries, 5)))
        }
    }
}
