import Glibc
import Hakobi
import HakobiCore
import Logging

/// The whole life of a worker process: welcome → handlers → hello → jobs, until the parent closes the pipe.
package enum WorkerProcessMain {
    /// Runs this process as a worker and ends it; to be called before anything else is set up.
    ///
    /// Signals that a terminal or a service manager sends to all processes of a service change nothing here: when to leave
    /// is the parent's to say, and it says so by closing the pipe, even when it dies.
    /// - Parameter sharing: how many descriptors beside pipe and page were shared (`ProcessCommand.sharedDescriptors`).
    package static func run(
        _ descriptors: WorkerDescriptors, sharing: Int = 0, _ settings: WorkerProcessSettings
    ) async -> Never {
        descriptors.closeOnExec(sharing: sharing)
        SharedSignals.leaveToTheParent()
        do {
            var line = try ChildLine(descriptors.pipe)
            let welcome = try line.welcome(within: settings.welcomeLimit)
            let version = try line.version(with: welcome)
            let page = try RunningPage(descriptor: descriptors.page)
            let slots = min(welcome.concurrency, page.slots)
            let handlers = try await settings.handlers(welcome.settings, slots)
            guard handlers.startProblems.isEmpty else {
                throw ChildError(handlers.startProblems.joined(separator: "; "))
            }
            let work = ChildWork(
                handlers, welcome, slots: slots, version: version, page: page, line: line, settings)
            line.outbox.send { writer in
                Hello(version: version, pid: getpid(), release: settings.release, offers: work.offers)
                    .write(to: &writer)
            }
            try serve(line, work, settings)
            await work.run()
            // The thread of the pipe ends the process once the last word is out.
            await Doorbell().wait()
        } catch {
            settings.logger.error("worker process cannot work", metadata: ["error": "\(error)"])
        }
        _exit(70)
    }

    private static func serve(_ line: ChildLine, _ work: ChildWork, _ settings: WorkerProcessSettings) throws {
        let loop = ChildLoop(
            descriptor: line.descriptor, bell: line.bell, outbox: line.outbox, work: work, settings: settings,
            incoming: line.incoming, jobs: JobFrameReader(kinds: work.offers.map(\.kind)),
            locks: ArrivingLocks(work.house))
        try OwnThread.start(named: "hakobi-pipe") {
            var loop = loop
            loop.run()
        }
    }
}

/// Signals meant for the service as a whole.
enum SharedSignals {
    /// Handled by doing nothing, not ignored: an ignored signal would stay ignored in programs started by handlers.
    static func leaveToTheParent() {
        for number in [SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
    }
}
