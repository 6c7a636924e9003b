internal import CHakobi
internal import Glibc
internal import HakobiCore

/// Wakes a thread that sleeps in `poll`: an eventfd.
final class Bell: Sendable {
    let descriptor: Int32

    init() throws(StoreError) {
        descriptor = hakobi_eventfd()
        guard descriptor >= 0 else {
            throw StoreError(
                .internal, operation: "open", "open: no descriptor is left: \(String(cString: strerror(errno)))",
                isTransient: true)
        }
    }

    deinit { close(descriptor) }

    func ring() {
        var one: UInt64 = 1
        // A full counter has been rung already.
        _ = write(descriptor, &one, 8)
    }

    func silence() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
