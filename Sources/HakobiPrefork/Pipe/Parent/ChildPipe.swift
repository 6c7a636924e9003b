import Glibc
import Hakobi
import HakobiCore

/// The parent's end of one pipe: its descriptor, what came in and what is to go out. Owned by the loop's thread.
struct ChildPipe {
    let descriptor: Int32
    let pid: Int32
    var incoming = FrameBuffer()
    var outgoing = ByteWriter()
    private var sent = 0
    /// No more is read: the other side is gone, or talks nonsense.
    var isDeaf = false
    private var mustShut = false
    private var isShut = false

    init(_ descriptor: Int32, pid: Int32) {
        self.descriptor = descriptor
        self.pid = pid
    }

    var hasMoreToSend: Bool { sent < outgoing.count && !isShut }

    /// Reads once.
    mutating func read() -> FrameBuffer.Fill { incoming.fill(from: descriptor) }

    /// The next message that is there as a whole.
    mutating func next() throws(FrameError) -> ChildMessage? {
        try incoming.next { tag, reader throws(FrameError) in try ChildMessage.read(tag, &reader) }
    }

    /// Writes what the kernel takes, without waiting.
    mutating func flush() {
        while hasMoreToSend {
            let count = outgoing.bytes.withUnsafeBytes { bytes in
                send(
                    descriptor, bytes.baseAddress! + sent, bytes.count - sent,
                    Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // Nobody reads any more: its death will tell the rest.
                sent = outgoing.count
            }
        }
        outgoing.clear()
        sent = 0
        if mustShut { shut() }
    }

    /// Says that nothing more will come, once everything has been sent.
    mutating func finish() {
        mustShut = true
        flush()
    }

    private mutating func shut() {
        guard !isShut else { return }
        isShut = true
        shutdown(descriptor, Int32(SHUT_WR))
    }
}
