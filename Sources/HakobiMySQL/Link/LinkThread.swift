internal import Glibc
internal import HakobiCore
internal import HakobiDatabase
internal import Logging

/// The loop of a link: connect, do what has gathered, sleep, and again.
final class LinkThread<R: Rounds> {
    private let inbox: Inbox<Work>
    private let connector: Connector
    private let options: LinkOptions
    private let rounds: R

    private var connection: Connection? {
        // Before the old one is closed: then its number may be another's.
        willSet { inbox.lifeline.hold(newValue?.socket) }
    }
    private var backoff = Backoff()
    private var retryAt = ContinuousClock.now
    private var lastTrouble: MySQLError?
    private var notice = TroubleNotice()
    private var lastUse = ContinuousClock.now
    /// Closed for want of work: nobody is asked to connect until there is some.
    private var isResting = false

    init(_ inbox: Inbox<Work>, _ connector: Connector, _ options: LinkOptions, _ rounds: R) {
        self.inbox = inbox
        self.connector = connector
        self.options = options
        self.rounds = rounds
    }

    /// Until the inbox is closed and empty.
    func run() {
        while !(inbox.isClosed && !inbox.hasWork) {
            guard let connection else {
                reconnect()
                continue
            }
            guard inbox.hasWork else {
                rest(connection)
                continue
            }
            lastUse = .now
            round(on: connection)
            inbox.linger()
        }
        connection = nil
    }

    /// Nothing to do: sleeps until there is. A socket that speaks unasked says that the connection has ended.
    private func rest(_ connection: Connection) {
        if let idle = options.idleClose, ContinuousClock.now >= lastUse + idle {
            self.connection = nil
            isResting = true
            return
        }
        guard inbox.sleep(socket: connection.socket, until: options.idleClose.map { lastUse + $0 }) else { return }
        drop(ended)
    }

    // MARK: Connecting

    /// One try; throws what is wrong.
    func connect() throws(MySQLError) {
        let connection = try connector.connect()
        self.connection = connection
        do throws(MySQLError) { try rounds.opened(connection) } catch {
            self.connection = nil
            throw error
        }
        lastUse = .now
        isResting = false
        if let line = notice.recovered(at: ContinuousClock.now) { say(line, .notice) }
    }

    /// Without a connection: makes one if somebody wants it, when the time has come.
    private func reconnect() {
        // Who closes does not wait for a server to come back.
        guard !inbox.isClosed else { return giveUp() }
        fail(inbox.takeOld(before: ContinuousClock.now - options.patience))
        guard inbox.hasWork || !isResting else {
            _ = inbox.sleep(socket: -1, until: nil)
            return
        }
        guard ContinuousClock.now >= retryAt else {
            let soonest = inbox.oldest.map { min(retryAt, $0 + options.patience) } ?? retryAt
            return inbox.pause(until: soonest)
        }
        do throws(MySQLError) { try connect() } catch {
            trouble(error)
            // Waiting does not help against a wrong password.
            if !error.isTransient { giveUp() }
        }
    }

    /// The connection has ended; the next one is made at once, if this one was of any use.
    private func drop(_ error: MySQLError) {
        connection = nil
        trouble(error)
    }

    private func trouble(_ error: MySQLError) {
        var generator = SystemRandomNumberGenerator()
        retryAt = .now + backoff.next(using: &generator)
        lastTrouble = error
        if let line = notice.trouble(error.sentence, at: ContinuousClock.now) { say(line, .warning) }
    }

    private func say(_ line: String, _ level: Logger.Level) {
        options.logger.log(level: level, "\(line)", metadata: ["connection": "\(connector.clientName)"])
    }

    /// Everybody who waits is told.
    private func giveUp() { fail(inbox.takeAll()) }

    private func fail(_ tickets: [Ticket<Work>]) {
        var error =
            lastTrouble ?? MySQLError(.unreachable, "there is no connection to the server", isTransient: true)
        error.effect = .notDone
        for ticket in tickets { ticket.waiting.fail(error.of(ticket.operation)) }
    }

    // MARK: Rounds

    private var ended: MySQLError {
        MySQLError(.unreachable, "the server has ended the connection", isTransient: true)
    }

    /// Everything that has gathered, and the answers.
    private func round(on connection: Connection) {
        // A server that went away while nobody asked has said so: better seen before a round than after.
        guard connection.isStillThere else { return drop(ended) }
        let tickets = inbox.takeAll()
        defer { inbox.finishRound() }
        perform(tickets, on: connection, tries: 0)
        // The round had an answer all the same.
        if connection.isLost, self.connection === connection { drop(ended) }
    }

    /// How often a round that was in others' way is repeated at once.
    private static var mostTries: Int { 8 }

    private func perform(_ tickets: [Ticket<Work>], on connection: Connection, tries: Int) {
        do throws(MySQLError) {
            try rounds.round(tickets, on: connection)
            backoff.reset()
            for ticket in tickets where !ticket.waiting.isAnswered {
                ticket.waiting.fail(MySQLError.defect("a round ended without an answer to it").of(ticket.operation))
            }
        } catch {
            let left = tickets.filter { !$0.waiting.isAnswered }
            if connection.isLost || error.endsConnection { return lose(left, error) }
            guard rollBack(connection, left) else { return }
            if error.isWorthRepeating, tries < Self.mostTries {
                // Whoever else was in the way is given a moment, each of us another.
                usleep(UInt32.random(in: 200...2000) << UInt32(min(tries, 5)))
                return perform(left, on: connection, tries: tries + 1)
            }
            guard left.count > 1, error.isAboutOne else {
                for ticket in left { ticket.waiting.fail(error.of(ticket.operation)) }
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
    private func lose(_ tickets: [Ticket<Work>], _ error: MySQLError) {
        if error.effect == .notDone, inbox.hurry == nil {
            inbox.putBack(tickets)
        } else {
            for ticket in tickets { ticket.waiting.fail(error.of(ticket.operation)) }
        }
        drop(error)
    }

    private func rollBack(_ connection: Connection, _ tickets: [Ticket<Work>]) -> Bool {
        do throws(MySQLError) { try connection.rollBack() } catch {
            lose(tickets, error)
            return false
        }
        return true
    }
}
