import Glibc
import Hakobi

/// The reason of the last failed call, in words.
package func errnoText() -> String { String(cString: strerror(errno)) }

extension ThreadBell {
    static func make() throws(ProgramFailure) -> ThreadBell {
        guard let bell = ThreadBell() else { throw ProgramFailure("cannot make an eventfd: \(errnoText())") }
        return bell
    }
}

extension pollfd {
    init(_ descriptor: Int32, _ events: Int32 = POLLIN) {
        self.init(fd: descriptor, events: Int16(events), revents: 0)
    }
}
