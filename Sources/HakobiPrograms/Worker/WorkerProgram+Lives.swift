import Glibc
import Hakobi
import Logging
import Synchronization

extension WorkerProgram {
    /// One life after another, until closed. On a thread of its own.
    func keep() {
        OwnThread.leaveSignalsToTheProgram()
        var pace = RestartPace()
        while true {
            let (end, jobsDone) = live()
            let failure = ProgramFailure("worker program \"\(command)\": \(end.sentence)")
            if state.withLock({ $0.learn(.failure(failure)) }) { return started.ring() }
            pace.ended(jobsDone: jobsDone, isNormal: end.isNormal)
            guard !isClosed else { return putOff(after: end) }
            note(end, next: pace.delay)
            guard waitToStart(pace.delay, after: end) else { return putOff(after: end) }
        }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func live() -> (ProgramEnd, jobsDone: Int) {
        rest.set(true)
        do {
            var life = ProgramLife(
                self,
                try ProgramConnection.start(ExecSearch.withoutShell(command), house.environment, rest: rest))
            return life.run()
        } catch {
            let end = ProgramEnd(fault: error.description)
            putOff(after: end)
            return (end, 0)
        }
    }

    private func note(_ end: ProgramEnd, next delay: Duration) {
        house.logger.log(
            level: end.isNormal ? .info : .warning, "a worker program ended: it is started again",
            metadata: ["program": "\(command)", "why": "\(end.sentence)", "delay": "\(delay)"])
    }

    /// The job that waits comes later.
    private func putOff(after end: ProgramEnd) { self.end(state.withLock { $0.takeJob() }, with: end) }

    /// `false` when closed meanwhile. Jobs wait with it for a moment, and are put off when it takes longer.
    private func waitToStart(_ delay: Duration, after end: ProgramEnd) -> Bool {
        let moment = ProgramClock.now() + delay
        while case let left = moment - ProgramClock.now(), left > .zero, !isClosed {
            if left > .seconds(1) { putOff(after: end) }
            var watched = pollfd(bell.descriptor)
            poll(&watched, 1, ProgramClock.milliseconds(left))
            if watched.revents != 0 { bell.silence() }
        }
        return !isClosed
    }
}
