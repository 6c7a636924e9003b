internal import Glibc
internal import Synchronization

/// The socket that a thread may be blocked on, as others see it: a library that waits for an answer hears nobody until its
/// connection ends, so that is what is done to it.
package final class Lifeline: Sendable {
    private let socket = Mutex<Int32?>(nil)

    package init() {}

    /// From now on a cut is of this socket; `nil`: there is none. Before a socket is closed it must be let go here, because
    /// its number may be given to another at once.
    package func hold(_ descriptor: Int32?) { socket.withLock { $0 = descriptor } }

    /// Whether there is a connection that could be cut.
    package var isHeld: Bool { socket.withLock { $0 != nil } }

    /// Ends the connection in both directions: whoever waits on it hears that at once.
    package func cut() {
        socket.withLock { socket in
            guard let descriptor = socket else { return }
            shutdown(descriptor, Int32(SHUT_RDWR))
            socket = nil
        }
    }
}
