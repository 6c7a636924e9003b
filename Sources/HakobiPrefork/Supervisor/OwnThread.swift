internal import CHakobi
internal import Glibc

/// A thread for something that waits in the kernel: neither the cooperative pool nor a Dispatch worker may be held.
package enum OwnThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new thread with this name (15 bytes are shown).
    package static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(SupervisorError) {
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
            throw .system("pthread_create", error)
        }
        pthread_detach(thread)
    }
}

/// Time since some fixed moment, by the clock that nobody sets.
func monotonicNow() -> Duration {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
}

extension Duration {
    /// Whole microseconds, the rest cut off.
    var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
