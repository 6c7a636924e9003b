import Glibc

/// Wakes a thread that waits in `poll`; rings that come while it is awake count as one.
final class ThreadBell: Sendable {
    let descriptor: Int32

    /// Takes over an event descriptor.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func ring() {
        var one: UInt64 = 1
        // Fails only when the counter is full: then it is ringing already.
        _ = write(descriptor, &one, 8)
    }

    func silence() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
