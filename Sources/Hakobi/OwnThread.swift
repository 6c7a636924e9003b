import CHakobi
import Glibc

/// A thread for something that waits in the kernel: neither the cooperative pool nor a Dispatch worker may be held.
package enum OwnThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread with this name (15 bytes are shown).
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
        let named = Body {
            hakobi_set_process_name(name)
            body()
        }
        let argument = Unmanaged.passRetained(named)
        var thread = pthread_t()
        let error = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        guard error == 0 else {
            argument.release()
            throw ThreadError(description: "no thread for \(name): \(String(cString: strerror(error)))")
        }
        pthread_detach(thread)
    }
}

extension OwnThread {
    /// Signals are the program's, not this thread's. Let through are faults, which are a thread's own, and what Swift stops
    /// threads with when it prints a backtrace: what Dispatch lets through on its threads.
    package static func leaveSignalsToTheProgram() {
        var mask = sigset_t()
        sigfillset(&mask)
        for own in [SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGSYS, SIGPROF] { sigdelset(&mask, own) }
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}

/// No thread could be started.
package struct ThreadError: Error, Sendable, CustomStringConvertible {
    package let description: String
}
