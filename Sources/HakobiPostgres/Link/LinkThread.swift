internal import CPostgres
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase
internal import Logging

/// The loop of a link: connect, do what has gathered, sleep, and again.
final class LinkThread<R: Rounds> {
    let inbox: Inbox<R.Work>
    let connector: Connector
    let options: LinkOptions
    let health: LinkHealth
    let rounds: R

    var connection: Connection?
    var host = 0
    var backoff = Backoff()
    var retryAt = ContinuousClock.now
    var lastTrouble: PostgresError?
    var notice = TroubleNotice()
    var watch: ListenerWatch?
    var lastUse = ContinuousClock.now
    /// Closed for want of work: nobody is asked to connect until there is some.
    var isResting = false
    var isPooled = false
    /// A statement was not where it had been prepared, which nothing else explains.
    private var isPooledForGood = false
    let meter: ListenerMeter?
    /// Probes that were sent, and those that could not be, told by another thread.
    let sentProbes = Flag()
    let failedProbes = Flag()

    init(
        _ inbox: Inbox<R.Work>, _ connector: Connector, _ options: LinkOptions, _ health: LinkHealth, _ rounds: R
    ) {
        self.inbox = inbox
        self.connector = connector
        self.options = options
        self.health = health
        self.rounds = rounds
        meter = options.listening.map { ListenerMeter($0.metrics) }
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
            hear(connection)
            inbox.linger()
        }
        connection = nil
        meter?.stopped()
        health.update { $0.isConnected = false }
    }

    /// Nothing to do: sleeps until there is, looking after the listener meanwhile.
    private func rest(_ connection: Connection) {
        hear(connection)
        if tend() { return }
        guard inbox.sleep(socket: PQsocket(connection.handle), until: nextDue) else { return }
        do throws(PostgresError) {
            try connection.readUnasked()
            hear(connection)
        } catch {
            drop(error)
        }
    }

    private var nextDue: ContinuousClock.Instant? {
        let idle = options.idleClose.map { lastUse + $0 }
        return [watch?.due, idle].compactMap { $0 }.min()
    }

    /// Timers: the listener's test and the idle connection's end. Answers whether the connection is gone.
    private func tend() -> Bool {
        let now = ContinuousClock.now
        if sentProbes.take() { watch?.probeSent(at: now) }
        if failedProbes.take() { watch?.probeFailed(at: now) }
        if let idle = options.idleClose, now >= lastUse + idle {
            connection = nil
            watch = nil
            isResting = true
            health.update {
                $0.isConnected = false
                $0.hearsItself = false
            }
            return true
        }
        obey(watch?.tick(now) ?? .none)
        return connection == nil
    }

    private func obey(_ order: ListenerWatch.Order) {
        switch order {
        case .none: break
        case .probe(let payload):
            let (sentProbes, failedProbes, bell) = (sentProbes, failedProbes, inbox.bell)
            options.listening?.probe(payload) { sent in
                (sent ? sentProbes : failedProbes).raise()
                bell.ring()
            }
        case .pooled: noticePooler("a probe on the channel had no echo", isCertain: false)
        case .silent:
            meter?.fellSilent()
            health.update {
                $0.isSilent = true
                $0.hearsItself = false
            }
            options.logger.error(
                "the listener is silent: a probe had no echo, so hints are lost and jobs are found by polling only; reconnecting"
            )
            drop(PostgresError(lost: "its listener heard nothing", effect: .notDone))
        }
    }

    /// Hands on what was heard; echoes are nobody's hints, whoever they were meant for.
    func hear(_ connection: Connection) {
        for payload in connection.takeNotifications() {
            guard payload.hasPrefix(ListenerWatch.prefix) else {
                rounds.notified(payload)
                continue
            }
            guard watch?.hear(payload, at: .now) == true else { continue }
            if health.current.isSilent { options.logger.notice("the listener hears again") }
            meter?.heard()
            health.update {
                $0.hearsItself = true
                $0.isSilent = false
            }
            backoff.reset()
        }
    }

    /// A new connection may lead elsewhere.
    func forgetPooler() {
        guard isPooled, !isPooledForGood else { return }
        isPooled = false
        health.update { $0.isPooled = false }
    }

    /// Sessions are lent a transaction at a time: said once, then lived with.
    func noticePooler(_ sign: String, isCertain: Bool = true) {
        connection?.preparesStatements = false
        watch = nil
        meter?.stopped()
        if isCertain { isPooledForGood = true }
        guard !isPooled else { return }
        isPooled = true
        health.update { $0.isPooled = true }
        guard options.poolerIsKnown.raiseFirst() else { return }
        options.logger.notice(
            "a pooler in transaction mode stands before the server (\(sign)): statements are not prepared and jobs are found by polling"
        )
    }
}
