import CHakobi
import Glibc

/// Wakes a thread that waits in `poll`, by an eventfd; rings that come while it is awake count as one.
package final class ThreadBell: Sendable {
    package let descriptor: Int32

    /// `nil` when no descriptor is left; `errno` says why.
    package init?() {
        let number = hakobi_eventfd()
        guard number >= 0 else { return nil }
        descriptor = number
    }

    deinit { close(descriptor) }

    package func ring() {
        var one: UInt64 = 1
        // Fails only when the counter is full: then it is ringing already.
        _ = write(descriptor, &one, 8)
    }

    package func silence() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
