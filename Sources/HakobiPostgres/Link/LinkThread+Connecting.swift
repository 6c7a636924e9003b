internal import CPostgres
internal import HakobiCore
internal import HakobiDatabase
internal import Logging

extension LinkThread {
    /// One try at all hosts; throws what is wrong.
    func connect() throws(PostgresError) {
        let found = try connector.connect(first: host, bell: inbox.bell) { [inbox] in !inbox.isClosed }
        let connection = found.0
        host = found.host
        forgetPooler()
        connection.preparesStatements = !isPooled
        connection.deadline = { [inbox] in inbox.hurry }
        try listen(on: connection)
        try rounds.opened(connection)
        self.connection = connection
        lastUse = .now
        isResting = false
        health.update { [facts = connection.facts, host] in
            $0.isConnected = true
            $0.connections += 1
            $0.serverVersion = facts.serverVersion
            $0.backendPID = facts.backendPID
            let hosts = Host.list(connection.address.parameters)
            $0.host = hosts.indices.contains(host) ? hosts[host].description : ""
        }
        if let line = notice.recovered(at: .now) {
            options.logger.notice("\(line)", metadata: ["connection": "\(connector.applicationName)"])
        }
    }

    private func listen(on connection: Connection) throws(PostgresError) {
        guard let listening = options.listening, !isPooled else { return }
        let round = connection.newRound()
        round.isReadOnly = true
        round.add(.listen(listening.channel))
        _ = try connection.run(once: round)
        watch = ListenerWatch(
            identity: "\(connector.applicationName) \(connection.facts.backendPID) \(UInt64.random(in: 0 ... .max))",
            interval: listening.interval, at: .now)
    }

    /// Without a connection: makes one if somebody wants it, when the time has come.
    func reconnect() {
        // Who closes does not wait for a server to come back.
        guard !inbox.isClosed else { return giveUp() }
        expire()
        guard inbox.hasWork || !isResting else {
            _ = inbox.sleep(socket: -1, until: nil)
            return
        }
        guard ContinuousClock.now >= retryAt else {
            let soonest = inbox.oldest.map { min(retryAt, $0 + options.patience) } ?? retryAt
            return inbox.pause(until: soonest)
        }
        do throws(PostgresError) { try connect() } catch {
            trouble(error)
            // Waiting does not help against a wrong password.
            if !error.isTransient { giveUp() }
        }
    }

    /// The connection has ended; the next one is made at once, if this one was of any use.
    func drop(_ error: PostgresError) {
        connection = nil
        watch = nil
        meter?.stopped()
        health.update {
            $0.isConnected = false
            $0.hearsItself = false
        }
        // Elsewhere first: the host that can only be read now has probably failed over.
        if error.sqlState == .readOnly { host += 1 }
        trouble(error)
    }

    private func trouble(_ error: PostgresError) {
        var generator = SystemRandomNumberGenerator()
        retryAt = .now + backoff.next(using: &generator)
        lastTrouble = error
        guard let line = notice.trouble(error.sentence, at: .now) else { return }
        options.logger.warning("\(line)", metadata: ["connection": "\(connector.applicationName)"])
    }

    /// Whoever has waited for longer than the patience is told.
    private func expire() {
        fail(inbox.takeOld(before: .now - options.patience))
    }

    /// Everybody who waits is told.
    private func giveUp() { fail(inbox.takeAll()) }

    private func fail(_ tickets: [Ticket<R.Work>]) {
        let error =
            lastTrouble ?? PostgresError(.unreachable, "there is no connection to the server", isTransient: true)
        for ticket in tickets {
            ticket.waiting.fail(
                StoreError(
                    error.reason, operation: ticket.operation, "\(ticket.operation): \(error.sentence)",
                    isTransient: error.isTransient))
        }
    }
}
