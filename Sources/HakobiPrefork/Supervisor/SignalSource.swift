internal import CHakobi
internal import Glibc

/// The process's signals as bytes in a pipe: in order, none lost, whichever thread they hit. One per process.
package struct SignalSource {
    /// Readable when a signal has come. Never closed, as a handler may be about to write to the other end.
    package let descriptor: Int32

    private static let meanings: [Int32: SupervisorSignal] = [
        SIGTERM: .terminate, SIGINT: .terminate, SIGHUP: .reload, SIGTSTP: .quiet, SIGCONT: .resume, SIGTTIN: .more,
        SIGTTOU: .less, SIGUSR1: .report, SIGUSR2: .upgrade,
    ]

    package init() throws(SupervisorError) {
        var ends: [Int32] = [-1, -1]
        guard hakobi_pipe(&ends) == 0 else { throw .system("pipe2", errno) }
        descriptor = ends[0]
        let numbers = Self.meanings.keys.sorted()
        guard hakobi_watch_signals(numbers, Int32(numbers.count), ends[1]) == 0 else {
            throw .system("sigaction", errno)
        }
        Self.unblock(numbers)
    }

    /// From here on they are swallowed.
    package func stop() {
        _ = hakobi_watch_signals(nil, 0, -1)
    }

    /// What has come since the last call, oldest first.
    package func pending() -> [SupervisorSignal] {
        var found: [SupervisorSignal] = []
        var bytes = [UInt8](repeating: 0, count: 256)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            guard count > 0 else { return found }
            found += bytes[..<count].compactMap { Self.meanings[Int32($0)] }
        }
    }

    /// Lets them through on the calling thread at least: Dispatch's threads block nearly all, and where every thread
    /// blocks a signal it is never delivered.
    private static func unblock(_ numbers: [Int32]) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
}
