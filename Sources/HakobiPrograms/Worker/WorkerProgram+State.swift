import Hakobi

extension WorkerProgram {
    /// What the program's thread and those who bring jobs share, under one lock.
    struct State: Sendable {
        /// `nil` while no program runs.
        private(set) var life: ProgramState?
        private var outlet = ProgramOutlet(-1)
        /// Given, and in the program's hands once it is the life's work.
        private(set) var job: ProgramJob?
        /// The thread sleeps without looking at the clock.
        private(set) var isAsleep = false
        private(set) var isClosed = false
        /// Of its first life.
        private(set) var firstWord: Result<ProgramHello, ProgramFailure>?
        private let restMark: RestMark

        init(_ restMark: RestMark) { self.restMark = restMark }

        private var isJobSent: Bool { job != nil && life?.work?.job == job?.id }

        /// The job that the program has.
        var jobAtWork: ProgramJob? { isJobSent ? job : nil }

        var mustRing: Bool { isAsleep || !outlet.isEmpty }

        // MARK: Jobs

        /// `false` when no program will ever run it.
        mutating func accept(_ job: ProgramJob) -> Bool {
            guard !isClosed else { return false }
            self.job = job
            handOver()
            return true
        }

        /// Writes the job that waits, if the program can have one.
        private mutating func handOver() {
            guard let job, life?.begin(job.id, now: ProgramClock.now()) == true else { return }
            // First the mark, then the job: whoever holds a job is not at rest.
            restMark.set(false)
            outlet.send(job.line)
        }

        /// Asks the program to stop the job; answers one that has not reached it.
        mutating func stop(_ id: JobID) -> ProgramJob? {
            guard let job, job.id == id else { return nil }
            guard isJobSent else { return self.job.take() }
            guard life?.cancel(id, now: ProgramClock.now()) == true else { return nil }
            self.job?.isToldToStop = true
            outlet.send(ServiceMessage.cancel(id, job.stopWord).line)
            return nil
        }

        /// Takes the job of a program that will not have it.
        mutating func takeJob() -> ProgramJob? { job.take() }

        // MARK: Its life

        mutating func begin(_ life: ProgramState, on socket: Int32) {
            self.life = life
            outlet = ProgramOutlet(socket)
            outlet.send(ServiceMessage.hello.line)
        }

        /// What its first life said it handles.
        var promised: [Kind] {
            if case .success(let hello) = firstWord { hello.offers.map(\.kind) } else { [] }
        }

        /// The first word of all on whether it can work; `false` when there was one.
        mutating func learn(_ word: Result<ProgramHello, ProgramFailure>) -> Bool {
            guard firstWord == nil else { return false }
            firstWord = word
            return true
        }

        mutating func step(now: Duration) -> [ProgramState.Action] {
            let isDraining = jobAtWork?.context.isDraining ?? false
            let actions = life?.step(now: now, isDraining: isDraining, isClosed: isClosed) ?? []
            if actions.contains(.tellOfDrain) { outlet.send(ServiceMessage.drain.line) }
            if life?.fault != nil { restMark.set(false) }
            return actions
        }

        /// The job that the message is about; taken out when the message is its end.
        mutating func hear(_ message: ProgramMessage, now: Duration) throws(ProgramFault) -> ProgramJob? {
            let job = jobAtWork
            try life?.hear(message, now: now)
            switch message {
            case .outcome:
                restMark.set(true)
                self.job = nil
            case .hello: handOver()
            default: break
            }
            return job
        }

        mutating func dismiss(_ why: ProgramFault, now: Duration) { life?.dismiss(why, now: now) }
        mutating func closed(isUnread: Bool, now: Duration) { life?.closed(isUnread: isUnread, now: now) }
        mutating func flush() { outlet.flush() }
        mutating func close() { isClosed = true }

        /// What to wait for. An idle program is looked at once more before its thread sleeps until it is rung
        /// (`hasRested`): jobs that come one after another ring no bell.
        mutating func watch(
            hasRested: Bool, lookAgain: Duration
        ) -> (isHeard: Bool, hasMore: Bool, until: Duration?) {
            let deadline = [life?.deadline, job.map { _ in lookAgain }].compactMap { $0 }.min()
            isAsleep = deadline == nil && hasRested
            return (life?.isHeard ?? false, !outlet.isEmpty, deadline ?? (hasRested ? nil : lookAgain))
        }

        /// Its end, with what was in its hands; the job is taken out if it ends with this life. One that it was never
        /// given waits for the next life, unless this one never got that far.
        mutating func end(_ end: inout ProgramEnd) -> (ProgramJob?, jobsDone: Int) {
            let life = life
            end.fault = life?.fault?.description ?? end.fault
            end.isUnread = life?.isUnread == true || outlet.isDeaf
            end.work = life?.work
            self.life = nil
            outlet = ProgramOutlet(-1)
            let isMine = end.work != nil || life?.hello == nil || isClosed
            return (isMine ? job.take() : nil, life?.jobsDone ?? 0)
        }
    }
}
