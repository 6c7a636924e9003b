internal import HakobiCore
internal import HakobiDatabase

/// The one who writes: takes everything that has gathered, does it in one transaction, and answers after the commit.
///
/// Under load a commit's cost is shared by all who came during the one before; alone, an operation waits for nobody.
/// Lives on a thread of its own.
final class Writer {
    private let inbox: Inbox
    private let session: Session
    private let wait: BusyWait
    private let turnstile: Turnstile
    private let wake: Wake
    private let isDurable: Bool
    /// There while this connection's commits do not flush.
    private var log: LogFile?
    /// The log could not be flushed by us: from now on commits do it, and say what is wrong.
    private var mustFlushInCommit = false

    private var connection: Connection { session.connection }

    /// `isDurable` when an answer may be given only once the disk has the data.
    init(inbox: Inbox, session: Session, wait: BusyWait, turnstile: Turnstile, wake: Wake, isDurable: Bool) {
        self.inbox = inbox
        self.session = session
        self.wait = wait
        self.turnstile = turnstile
        self.wake = wake
        self.isDurable = isDurable
    }

    /// Round after round until the inbox is closed.
    func run() {
        while true {
            // Hints are held back while there is more to do: one for many rounds says as much.
            let isIdle = !inbox.hasWork
            wake.flush(isBusy: !isIdle)
            guard inbox.wait() else { return }
            round(afterRest: isIdle)
            wake.flush(isBusy: true)
            inbox.linger()
        }
    }

    /// The lock first, then the operations: whoever comes or goes while we wait for it still can.
    private func round(afterRest: Bool) {
        let before = connection.allChanges
        do throws(StoreError) {
            try setFlushing(mustFlushInCommit || !afterRest || !inbox.hasOnlyClaims)
            try begin()
        } catch {
            for ticket in inbox.takeAll() { ticket.fail(error.of(ticket.operation)) }
            return
        }
        let tickets = inbox.takeAll(onlyClaims: log != nil)
        do throws(StoreError) { try finish(tickets) } catch {
            rollBack()
            fail(tickets, error)
        }
        guard let log, connection.allChanges != before else { return }
        mustFlushInCommit = !log.flush()
    }

    /// Claims alone, after a rest, are answered when the system has them, and flushed right after: a power cut that takes
    /// one back takes its holder with it, and nobody was told of more. All else is answered when the disk has it. Without
    /// a rest there is more to come, and one flush for all of it is the better bargain.
    private func setFlushing(_ isFlushing: Bool) throws(StoreError) {
        guard isDurable, isFlushing != (log == nil) else { return }
        let file = isFlushing ? nil : LogFile(of: connection)
        guard isFlushing || file != nil else { return }
        connection.operation = "begin"
        try connection.execute(Statements.synchronousIs(isFlushing ? "FULL" : "NORMAL"))
        log = file
    }

    /// Inside the transaction: the work, the commit, and only then the answers.
    private func finish(_ tickets: [Ticket]) throws(StoreError) {
        let answers = try work(tickets)
        try commit()
        for answer in answers { answer() }
        if session.hasNews { wake.owe() }
    }

    /// A commit that met a full disk was undone; one that met a failing disk may be there after all.
    private func commit() throws(StoreError) {
        do throws(StoreError) { try connection.run(.commit) } catch {
            throw error.with(error.reason == .full || error.reason == .busy ? .notDone : .unknown)
        }
    }

    private func begin() throws(StoreError) {
        turnstile.enter()
        defer { turnstile.leave() }
        connection.operation = "begin"
        try connection.run(.beginWrite)
    }

    private func work(_ tickets: [Ticket]) throws(StoreError) -> [@Sendable () -> Void] {
        if tickets.contains(where: \.needsSchema) { try session.beginRound() }
        var answers: [@Sendable () -> Void] = []
        answers.reserveCapacity(tickets.count)
        for ticket in tickets {
            session.begin(ticket.operation)
            answers.append(try ticket.work(session))
        }
        connection.operation = "commit"
        try session.endRound()
        return answers
    }

    /// Refusals are answers, so an operation that throws has met the disk or a defect. A defect is its own, and on a full
    /// disk the small may still fit where the large does not: each is done again in a transaction to itself. This costs
    /// nothing while all goes well, which a savepoint an operation would.
    private func fail(_ tickets: [Ticket], _ error: StoreError) {
        guard tickets.count > 1, error.isAboutOne else {
            for ticket in tickets { ticket.fail(error.of(ticket.operation)) }
            return
        }
        for ticket in tickets {
            do throws(StoreError) {
                try begin()
                try finish([ticket])
            } catch {
                rollBack()
                ticket.fail(error.of(ticket.operation))
            }
        }
    }

    private func rollBack() {
        session.forgetRound()
        guard connection.isInTransaction else { return }
        // A rollback cannot fail while a transaction is open; if it does, the next BEGIN will say what is wrong.
        do throws(StoreError) { try connection.run(.rollback) } catch { connection.operation = "rollback" }
    }
}

extension StoreError {
    /// Others of the same round may do better alone.
    fileprivate var isAboutOne: Bool { effect == .notDone && (reason == .internal || reason == .full) }

    /// The same error, told to whoever called `operation`.
    fileprivate func of(_ operation: String) -> StoreError {
        let sentence = description.hasPrefix("\(self.operation): ") ? description.dropFirst(self.operation.count) : nil
        return StoreError(
            reason, operation: operation, sentence.map { "\(operation)\($0)" } ?? description, isTransient: isTransient,
            effect: effect)
    }
}
