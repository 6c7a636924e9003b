import Hakobi
import HakobiCore

/// The life of a child as its pipe shows it.
extension PipeState {
    mutating func spawned(_ process: WorkerProcess, at moment: Timestamp) {
        children[process.serial] = ChildState(process, concurrency: settings.concurrency, startedAt: moment)
        emit(
            .welcome(
                process.serial,
                Welcome(
                    generation: process.generation, concurrency: process.isLonely ? 1 : settings.concurrency,
                    isLonely: process.isLonely, isDraining: isDraining, host: settings.host,
                    settings: settings.handlerSettings)))
        if isClosing { retire(process.serial) }
    }

    mutating func heard(_ message: ChildMessage, from serial: Int) {
        guard let child = children[serial] else { return }
        switch message {
        case .hello(let hello): greeted(hello, by: serial)
        // Nothing else is said before the hello.
        case _ where child.phase == .starting: misbehaved(serial, "it spoke before its hello")
        case .outcomes(let outcomes): ended(outcomes, in: serial)
        case .news(let news):
            guard let given = child.given[news.ticket] else { return }
            emit(.news(given.job.lease, news.progress, news.checkpoint))
        case .returned(let tickets): returned(tickets, from: serial)
        }
    }

    private mutating func greeted(_ hello: Hello, by serial: Int) {
        guard let child = children[serial], child.offers.isEmpty, child.release.isEmpty else {
            return misbehaved(serial, "it said hello twice")
        }
        children[serial]?.release = hello.release
        for (place, offer) in hello.offers.enumerated() {
            children[serial]?.offers[offer.kind] = (UInt16(place), offer.limits)
        }
        guard child.phase == .starting else { return }
        children[serial]?.phase = .ready
        emit(.ready(serial))
        rosterChanged()
    }

    private mutating func ended(_ outcomes: [TicketOutcome], in serial: Int) {
        var served = 0
        // Its death will tell what becomes of them.
        guard children[serial]?.isAborting == false else { return }
        for ended in outcomes {
            // Each ticket has one end; a second one, or one never given, is nobody's.
            guard let given = children[serial]?.drop(ended.ticket), let child = children[serial] else { continue }
            if case .returned = ended.outcome {
                children[serial]?.givenEver -= 1
                settle(given.job, .returned, by: child)
                continue
            }
            settle(ended, of: given.job, by: child)
            measured(ended.ran)
            served += 1
        }
        children[serial]?.lastWord = now
        guard served > 0, let child = children[serial] else { return }
        children[serial]?.served += served
        servedEver += served
        emit(.served(serial, jobs: child.served + served))
        if child.process.isLonely, child.given.isEmpty { emit(.retire(serial)) }
    }

    /// A moving mean over about 16 jobs: one slow job is felt at once, and forgotten after some dozens of fast ones.
    private mutating func measured(_ ran: Duration) {
        guard let jobTime else { return jobTime = ran }
        self.jobTime = jobTime + (ran - jobTime) / 16
    }

    /// It wrote what cannot be understood: nothing it says can be believed any more.
    mutating func misbehaved(_ serial: Int, _ why: String) {
        guard let child = children[serial], !child.isDoomed else { return }
        emit(.log(.nonsense(pid: child.process.pid, why: why)))
        kill(serial, because: "nonsense on its pipe: \(why)")
    }

    mutating func kill(_ serial: Int, aborting: Bool = false, because reason: String) {
        guard children[serial]?.isDoomed == false else { return }
        children[serial]?.isDoomed = true
        children[serial]?.isAborting = aborting
        emit(.kill(serial, aborting: aborting, because: reason))
    }

    /// No more jobs for it; what it has not started is given to others.
    mutating func retire(_ serial: Int) {
        guard let child = children[serial], child.phase != .closed else { return }
        let wasReady = child.phase == .ready
        children[serial]?.phase = .retiring
        if wasReady { recall(serial, givesBack: false) }
        rosterChanged()
    }

    mutating func drain() {
        guard !isDraining else { return }
        isDraining = true
        for serial in children.keys { emit(.drain(serial)) }
    }

    /// The runner ends: everybody leaves.
    mutating func close() {
        isClosing = true
        recall()
        for (serial, child) in children {
            for (ticket, given) in child.given where given.stop == nil {
                children[serial]?.given[ticket]?.stop = .drained
                emit(.cancel(serial, ticket, .drained))
            }
            retire(serial)
        }
    }

    /// The end of patience at the end of the runner: whoever has not answered is given up, and its jobs go back.
    mutating func giveUp() {
        for (serial, child) in children {
            for given in child.given.values { settle(given.job, .interrupted(reason: "the service ended"), by: child) }
            children[serial]?.given.removeAll()
            kill(serial, because: "the service ends")
        }
    }
}
