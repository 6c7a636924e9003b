import Glibc
import Hakobi
import HakobiCore
import Logging

/// The thread that moves bytes: waits for whoever has something to say, tells the state, does what the state wants.
///
/// Never waits for a child: reads take what is there, writes leave what the kernel does not take, so that a stopped child
/// keeps nobody else from anything.
struct PipeLoop: Sendable {
    let mailbox: Mailbox
    let board: PipeBoard
    let events: any RunnerEvents
    let keeper: (any ProcessKeeper)?
    let leaseLocks: (any LeaseLocks)?
    let logger: Logger
    let closingLimit: Duration

    func run() {
        var pipes: [Int: ChildPipe] = [:]
        var closing = Closing(limit: closingLimit)
        while !closing.isOver {
            let nextTick = board.change { state, _ in state.nextTick }
            let heard = wait(pipes, until: [nextTick, closing.next].compactMap { $0 }.min())
            let commands = mailbox.take()
            let (actions, published) = board.change { state, pages in
                state.now = RunningPage.clock()
                for serial in heard { hear(serial, &pipes, &state) }
                for command in commands { obey(command, &pipes, &state, &pages, &closing) }
                if let tick = state.nextTick, tick <= state.now {
                    state.tick { pages[$0]?.running() ?? [] }
                }
                closing.step(&state)
                let actions = state.takeActions()
                return (actions, (state.waitingCount, state.capacity))
            }
            mailbox.publish(
                waiting: published.0, capacity: published.1, counted: commands.reduce(0) { $0 + $1.arrivals })
            perform(actions, &pipes)
        }
        for pipe in pipes.values { close(pipe.descriptor) }
    }

    // MARK: Events

    /// The children that have said something.
    private func wait(_ pipes: [Int: ChildPipe], until deadline: Duration?) -> [Int] {
        let serials = pipes.keys.filter { pipes[$0].map { !$0.isDeaf || $0.hasMoreToSend } ?? false }
        var watched = [pollfd(fd: mailbox.bell.descriptor, events: Int16(POLLIN), revents: 0)]
        for serial in serials {
            guard let pipe = pipes[serial] else { continue }
            let events = (pipe.isDeaf ? 0 : POLLIN) | (pipe.hasMoreToSend ? POLLOUT : 0)
            watched.append(pollfd(fd: pipe.descriptor, events: Int16(events), revents: 0))
        }
        poll(&watched, nfds_t(watched.count), Self.milliseconds(until: deadline))
        if watched[0].revents != 0 { mailbox.bell.silence() }
        return zip(serials, watched.dropFirst()).filter { $1.revents != 0 }.map(\.0)
    }

    private static func milliseconds(until deadline: Duration?) -> Int32 {
        guard let deadline else { return -1 }
        // Rounded up, so that a deadline is over when its wait is.
        return Int32(clamping: max(0, ((deadline - RunningPage.clock()).wholeMicroseconds + 999) / 1000))
    }

    private func hear(_ serial: Int, _ pipes: inout [Int: ChildPipe], _ state: inout PipeState) {
        pipes[serial]?.flush()
        guard pipes[serial]?.isDeaf == false, let fill = pipes[serial]?.read() else { return }
        if fill == .end { pipes[serial]?.isDeaf = true }
        understand(serial, &pipes, &state)
    }

    private func understand(_ serial: Int, _ pipes: inout [Int: ChildPipe], _ state: inout PipeState) {
        do throws(FrameError) {
            while let message = try pipes[serial]?.next() { state.heard(message, from: serial) }
        } catch {
            pipes[serial]?.isDeaf = true
            state.misbehaved(serial, error.description)
        }
    }

    // MARK: Commands

    private func obey(
        _ command: Mailbox.Command, _ pipes: inout [Int: ChildPipe], _ state: inout PipeState,
        _ pages: inout [Int: RunningPage], _ closing: inout Closing
    ) {
        switch command {
        case .accept(let jobs): state.accept(jobs)
        case .stop(let lease, let reason): state.stop(lease, because: reason)
        case .recall: state.recall()
        case .drain: state.drain()
        case .update(let settings): state.settings = settings
        case .close:
            state.close()
            closing.begin(state.now)
        case .spawned(let process): begin(process, &pipes, &state, &pages)
        case .retire(let serial): state.retire(serial)
        case .exited(let process, let cause, let kind):
            // What it wrote before it died comes first: its outcomes are worth more than guesses.
            while pipes[process.serial]?.isDeaf == false, pipes[process.serial]?.read() == .bytes {
                understand(process.serial, &pipes, &state)
            }
            let page = pages.removeValue(forKey: process.serial)
            state.exited(
                process.serial, cause: cause, kind: kind, page: page?.running() ?? [], begun: page?.lastBegun ?? 0)
            page?.clearAll()
            if let directory = state.settings.pageDirectory { unlink("\(directory)/page-\(process.serial)") }
        }
    }

    private func begin(
        _ process: WorkerProcess, _ pipes: inout [Int: ChildPipe], _ state: inout PipeState,
        _ pages: inout [Int: RunningPage]
    ) {
        pipes[process.serial] = ChildPipe(process.pipe, pid: process.pid)
        state.spawned(process, at: WallClock.now())
        do throws(PageError) {
            pages[process.serial] = try RunningPage(formatting: process.page)
        } catch {
            state.emit(.log(.failed(error.description)))
            state.kill(process.serial, because: "it has no page for its running jobs")
        }
    }

    // MARK: Actions

    private func perform(_ actions: [PipeAction], _ pipes: inout [Int: ChildPipe]) {
        var written: Set<Int> = []
        for action in actions {
            guard let serial = write(action, &pipes) else { continue }
            written.insert(serial)
        }
        // Children first: they work while the rest is told.
        for serial in written { pipes[serial]?.flush() }
        for action in actions { tell(action, &pipes) }
    }

    /// Puts what goes to a child into its buffer, and says whose it was.
    private func write(_ action: PipeAction, _ pipes: inout [Int: ChildPipe]) -> Int? {
        switch action {
        case .welcome(let serial, let welcome):
            pipes[serial].mutate { welcome.write(to: &$0.outgoing) }
            return serial
        case .jobs(let serial, let jobs):
            pipes[serial].mutate { $0.put(jobs, lending: leaseLocks) }
            return serial
        case .cancel(let serial, let ticket, let reason):
            pipes[serial].mutate { $0.outgoing.putCancel(ticket, because: reason) }
            return serial
        case .recall(let serial):
            pipes[serial].mutate { $0.outgoing.frame(.recall) }
            return serial
        case .drain(let serial):
            pipes[serial].mutate { $0.outgoing.frame(.drain) }
            return serial
        default: return nil
        }
    }

    private func tell(_ action: PipeAction, _ pipes: inout [Int: ChildPipe]) {
        switch action {
        case .welcome, .jobs, .cancel, .recall, .drain: break
        case .close(let serial):
            pipes[serial]?.finish()
            keeper?.closed(serial)
        case .forget(let serial):
            if let pipe = pipes.removeValue(forKey: serial) { close(pipe.descriptor) }
        case .settle(let settlements): events.finished(settlements)
        case .news(let lease, let progress, let checkpoint):
            events.reported(lease, progress: progress, checkpoint: checkpoint)
        case .capacityChanged: events.capacityChanged()
        case .ready(let serial): keeper?.ready(serial)
        case .served(let serial, let jobs): keeper?.served(serial, jobs: jobs)
        case .load(let busy): keeper?.load(busy: busy)
        case .wantLonely(let count): keeper?.wantLonely(count)
        case .retire(let serial): keeper?.retire(serial)
        case .kill(let serial, let aborting, let reason):
            keeper?.kill(serial, aborting: aborting, because: reason)
        case .log(let note): logger.note(note)
        }
    }
}

extension Optional {
    /// Changes a value in place, if there is one: without the copy that reading and writing it back would make.
    fileprivate mutating func mutate(_ body: (inout Wrapped) -> Void) {
        if self != nil { body(&self!) }
    }
}
