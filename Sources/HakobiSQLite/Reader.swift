internal import HakobiCore

/// The one who reads: one operation, one snapshot. Lives on a thread of its own, so that a long list holds up no write.
final class Reader {
    private let inbox: Inbox
    private let session: Session
    private let wait: BusyWait

    init(inbox: Inbox, session: Session, wait: BusyWait) {
        self.inbox = inbox
        self.session = session
        self.wait = wait
    }

    /// Until the inbox is closed.
    func run() {
        while inbox.wait() {
            for ticket in inbox.takeAll() { answer(ticket) }
        }
    }

    private func answer(_ ticket: Ticket) {
        let connection = session.connection
        do throws(StoreError) {
            session.begin(ticket.operation)
            try connection.run(.beginRead)
            if ticket.needsSchema { try session.beginRound() }
            let answer = try ticket.work(session)
            try connection.run(.commit)
            answer()
        } catch {
            session.forgetRound()
            ticket.fail(error)
            guard connection.isInTransaction else { return }
            do throws(StoreError) { try connection.run(.rollback) } catch { connection.operation = "rollback" }
        }
    }
}
