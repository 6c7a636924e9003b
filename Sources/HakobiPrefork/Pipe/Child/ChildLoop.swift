import Glibc
import Hakobi
import HakobiCore
import Logging
import Synchronization

/// The thread of the pipe in a child. Handlers may block every thread of their pool: still a cancel is heard, a recall
/// answered, a soft limit kept, and what other slots finished is sent.
struct ChildLoop: Sendable {
    let descriptor: Int32
    let bell: ThreadBell
    let outbox: Outbox
    let work: ChildWork
    let settings: WorkerProcessSettings
    var incoming: FrameBuffer
    var jobs: JobFrameReader
    var locks: ArrivingLocks

    /// Serves the pipe until the parent closes it, and ends the process then.
    mutating func run() -> Never {
        OwnThread.leaveSignalsToTheProgram()
        var softDeadline: Duration?
        var newsAt: Duration?
        while true {
            let isFlushed = outbox.flush()
            wait(forRoom: !isFlushed, until: [softDeadline, newsAt].compactMap { $0 }.min())
            guard hear() else { leave() }
            let now = RunningPage.clock()
            softDeadline = work.room.enforceSoftLimits(now: now)
            if let due = newsAt, due <= now {
                outbox.flush(withNews: true)
                newsAt = nil
            }
            if newsAt == nil, outbox.hasNews { newsAt = now + settings.newsInterval }
        }
    }

    private func wait(forRoom: Bool, until deadline: Duration?) {
        var watched = [
            pollfd(fd: descriptor, events: Int16(POLLIN | (forRoom ? POLLOUT : 0)), revents: 0),
            pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        var milliseconds: Int32 = -1
        if let deadline {
            milliseconds = Int32(clamping: max(0, (deadline - RunningPage.clock()).wholeMicroseconds + 999) / 1000)
        }
        poll(&watched, 2, milliseconds)
        if watched[1].revents != 0 { bell.silence() }
    }

    /// Takes in what is there; `false` when the parent is gone, or cannot be understood.
    private mutating func hear() -> Bool {
        let fill = incoming.fill { locks.receive($0, from: descriptor) }
        do throws(FrameError) {
            while try understand() {}
        } catch {
            settings.logger.error("the parent talks nonsense", metadata: ["error": "\(error)"])
            return false
        }
        return fill != .end
    }

    /// One frame; `false` when there is no whole one.
    private mutating func understand() throws(FrameError) -> Bool {
        var (jobs, locks) = (jobs, locks)
        let work = work
        let outbox = outbox
        let found: Void? = try incoming.next { tag, reader throws(FrameError) in
            switch tag {
            case .jobs: work.room.add(try jobs.jobs(&reader))
            case .jobsWithLocks: work.room.add(try locks.give(to: try jobs.jobs(&reader)))
            case .cancel:
                let (ticket, reason) = try reader.cancel()
                guard work.room.stop(ticket, because: reason) else { return }
                let outcome = reason == .cancelRequested ? Outcome.cancelled(reason: "cancel requested") : .returned
                outbox.add(TicketOutcome(ticket: ticket, outcome: outcome, ran: .zero), now: true)
            case .recall:
                let tickets = work.room.recall()
                outbox.send { $0.putReturned(tickets) }
            case .drain: work.isDraining.store(true, ordering: .relaxed)
            case .welcome, .hello, .outcomes, .news, .returned:
                throw FrameError("the parent sent a frame out of place (\(tag))")
            }
        }
        (self.jobs, self.locks) = (jobs, locks)
        return found != nil
    }

    /// The parent closed the pipe, or died. What still runs is cancelled and has a while to close what it opened.
    ///
    /// A process that leaves by this door ran into nothing: its page is wiped, so that its jobs are charged with nothing.
    private func leave() -> Never {
        work.room.close()
        if !work.room.isIdle {
            settings.logger.warning("the parent is gone: running jobs are cancelled")
            work.room.stopAll(because: .drained)
            let deadline = RunningPage.clock() + settings.orphanLimit
            while !work.room.isIdle, RunningPage.clock() < deadline {
                wait(until: min(deadline, RunningPage.clock() + .milliseconds(10)))
            }
        }
        outbox.flush()
        work.page.clearAll()
        _exit(0)
    }

    private func wait(until moment: Duration) {
        var watched = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, Int32(clamping: max(1, (moment - RunningPage.clock()).wholeMicroseconds / 1000)))
        if watched.revents != 0 { bell.silence() }
    }
}
