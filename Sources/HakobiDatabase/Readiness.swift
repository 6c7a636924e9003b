internal import Glibc
internal import HakobiCore

/// What a thread waits for.
package struct Readiness {
    package var socketIsReady = false
    package var bellRang = false

    /// Until the socket is ready, the bell rings, or the time has come (`nil`: for ever). A negative socket is none.
    package static func wait(
        socket: Int32, _ events: Int16, bell: Bell, until due: ContinuousClock.Instant?
    ) -> Readiness {
        var entries = [
            pollfd(fd: socket, events: events, revents: 0),
            pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = due.map { due -> Int32 in
            let left = ContinuousClock.now.duration(to: due).wholeMicroseconds
            // Rounded up: waking a moment early would spin.
            return Int32(clamping: max(0, (left + 999) / 1000))
        }
        let count = poll(&entries, 2, milliseconds ?? -1)
        guard count > 0 else { return Readiness() }
        return Readiness(socketIsReady: entries[0].revents != 0, bellRang: entries[1].revents != 0)
    }
}
