internal import HakobiCore
internal import HakobiDatabase
internal import Logging

/// One operation on its way to the thread: does it, and answers how to tell the caller once that is on the disk.
struct Work: Sendable {
    let body: @Sendable (Session) throws(StoreError) -> @Sendable () -> Void
}

/// The one who touches the Maildirs: takes everything that has gathered, does it, flushes each changed folder once, and
/// answers. Sleeps until somebody asks, the kernel hints, or it is time to look.
///
/// Lives on a thread of its own: a disk blocks, and the cooperative pool has no thread to spare for that.
final class MaildirThread {
    private let inbox: Inbox<Work>
    private let session: Session
    private let wake: Wake
    private var nextLook = ContinuousClock.now
    private var trouble = TroubleNotice()

    init(inbox: Inbox<Work>, session: Session, wake: Wake) {
        self.inbox = inbox
        self.session = session
        self.wake = wake
    }

    /// Until the inbox is closed and empty.
    func run() {
        scheduleLook()
        while true {
            let due = [nextLook, session.nextTakeover].compactMap { $0 }.min()
            let isHinted = inbox.sleep(socket: session.watching.descriptor, until: due)
            if inbox.isClosed, !inbox.hasWork { break }
            lookAround(isHinted: isHinted)
            let tickets = inbox.takeAll()
            if !tickets.isEmpty {
                round(tickets)
                inbox.finishRound()
            }
            session.tellOthers()
            tellNews()
        }
        session.end()
    }

    /// Without hints this is all there is, so it is done more often.
    private func scheduleLook() {
        let interval = session.options.lookInterval
        nextLook = .now + (session.watching.isWhole ? interval : min(interval, .milliseconds(500)))
    }

    private func lookAround(isHinted: Bool) {
        do throws(FileTrouble) {
            if isHinted { try session.hear() }
            if ContinuousClock.now >= nextLook {
                scheduleLook()
                try session.look()
            } else if let due = session.nextTakeover, ContinuousClock.now >= due {
                try session.lookAfter()
            }
            if let line = trouble.recovered(at: .now) { session.options.logger.notice("\(line)") }
        } catch {
            if let line = trouble.trouble(error.error(of: "look").description, at: .now) {
                session.options.logger.warning("\(line)")
            }
            // Whatever it was, it is not to be met again at once.
            nextLook = .now + .milliseconds(500)
        }
    }

    private func round(_ tickets: [Ticket<Work>]) {
        var done: [(ticket: Ticket<Work>, tell: @Sendable () -> Void)] = []
        for ticket in tickets {
            do throws(StoreError) { done.append((ticket, try ticket.work.body(session))) } catch {
                ticket.waiting.fail(error)
            }
        }
        do throws(FileTrouble) {
            try session.flush()
            for entry in done { entry.tell() }
        } catch {
            for entry in done { entry.ticket.waiting.fail(error.error(of: entry.ticket.operation)) }
        }
    }

    private func tellNews() {
        guard session.hasNews else { return }
        session.hasNews = false
        wake.heard()
    }
}
