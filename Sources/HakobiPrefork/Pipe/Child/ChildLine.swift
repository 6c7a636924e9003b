import Glibc
import Hakobi
import HakobiCore

/// Why a process cannot serve as a worker process.
struct ChildError: Error, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The child's end of the pipe until the parent's first word is in.
struct ChildLine: Sendable {
    let descriptor: Int32
    let bell: ThreadBell
    let outbox: Outbox
    private(set) var incoming = FrameBuffer()

    init(_ descriptor: Int32) throws(ChildError) {
        self.descriptor = descriptor
        guard let bell = ThreadBell() else {
            throw ChildError("no descriptor for the pipe: \(String(cString: strerror(errno)))")
        }
        self.bell = bell
        outbox = Outbox(descriptor, bell: bell)
    }

    /// Waits for the parent's first word. Blocks: there is nothing else to do yet.
    mutating func welcome(within limit: Duration) throws -> Welcome {
        let deadline = RunningPage.clock() + limit
        while RunningPage.clock() < deadline {
            let welcome = try incoming.next { tag, reader throws(FrameError) in
                guard tag == .welcome else { throw FrameError("the parent began with \(tag)") }
                return try Welcome.read(&reader)
            }
            if let welcome { return welcome }
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&watched, 1, Int32(clamping: (deadline - RunningPage.clock()).wholeMicroseconds / 1000 + 1))
            guard incoming.fill(from: descriptor) != .end else { throw ChildError("the parent is gone") }
        }
        throw ChildError("the parent said nothing for \(limit)")
    }

    /// The version both sides know.
    func version(with welcome: Welcome) throws(ChildError) -> UInt16 {
        guard let version = PipeProtocol.common(with: welcome.versions) else {
            throw ChildError(
                "the parent speaks versions \(welcome.versions) of the pipe; this program speaks "
                    + "\(PipeProtocol.oldest) to \(PipeProtocol.newest)")
        }
        return version
    }
}
