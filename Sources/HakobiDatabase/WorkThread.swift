internal import Dispatch
internal import Glibc
package import HakobiCore

/// A thread of the system's own: a database's library blocks, and the cooperative pool has no thread to spare for that.
package enum WorkThread {
    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a new thread that nobody waits for.
    package static func start(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
        pthread_detach(try startJoinable(body))
    }

    /// Runs `body` on a new thread, which takes no signals: they belong to the program. It must be joined or detached.
    static func startJoinable(_ body: @escaping @Sendable () -> Void) throws(StoreError) -> pthread_t {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(body))
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw StoreError(
                .internal, operation: "open", "open: no thread could be started: \(String(cString: strerror(code)))",
                isTransient: true)
        }
        return thread
    }
}
