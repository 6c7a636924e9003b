import CHakobi
import Glibc

/// An eventfd that lives as long as whoever may ring it.
final class OwnedBell: Sendable {
    let number: Int32

    init() throws(ProgramFailure) {
        number = hakobi_eventfd()
        guard number >= 0 else { throw ProgramFailure("cannot make an eventfd: \(errnoText())") }
    }

    deinit { close(number) }

    func ring() {
        var one: UInt64 = 1
        _ = write(number, &one, 8)
    }

    func silence() {
        var count: UInt64 = 0
        _ = read(number, &count, 8)
    }
}

/// The reason of the last failed call, in words.
package func errnoText() -> String { String(cString: strerror(errno)) }

extension pollfd {
    init(_ descriptor: Int32, _ events: Int32 = POLLIN) {
        self.init(fd: descriptor, events: Int16(events), revents: 0)
    }
}
