internal import CHakobi
internal import Glibc
package import HakobiCore

/// Wakes a thread that sleeps in `poll`: an eventfd.
package final class Bell: Sendable {
    package let descriptor: Int32

    package init() throws(StoreError) {
        descriptor = hakobi_eventfd()
        guard descriptor >= 0 else {
            throw StoreError(
                .internal, operation: "open", "open: no descriptor is left: \(String(cString: strerror(errno)))",
                isTransient: true)
        }
    }

    deinit { close(descriptor) }

    package func ring() {
        var one: UInt64 = 1
        // A full counter has been rung already.
        _ = write(descriptor, &one, 8)
    }

    package func silence() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
