import CHakobi
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
    /// Locks that go out with the byte at that place of `outgoing`.
    private var lent: [(place: Int, locks: [LockCopy])] = []
    /// That it speaks, once it has said hello.
    private var version = PipeProtocol.oldest
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
        let message = try incoming.next { tag, reader throws(FrameError) in try ChildMessage.read(tag, &reader) }
        if case .hello(let hello) = message { version = hello.version }
        return message
    }

    /// Puts jobs, with the locks of their leases where there are any and the child can take them.
    mutating func put(_ jobs: [Assignment], lending locks: (any LeaseLocks)?) {
        guard let locks, version >= 4 else { return outgoing.putJobs(jobs) }
        for start in stride(from: 0, to: jobs.count, by: Int(HAKOBI_MOST_DESCRIPTORS)) {
            let part = jobs[start..<min(jobs.count, start + Int(HAKOBI_MOST_DESCRIPTORS))]
            let copies = part.compactMap { locks.copyLock(of: $0.job.lease).map { LockCopy($0) } }
            // Without descriptors left, or when a lease is no longer held, the store's own locks have to do.
            guard copies.count == part.count else {
                outgoing.putJobs(part)
                continue
            }
            lent.append((outgoing.count, copies))
            outgoing.putJobs(part, as: .jobsWithLocks)
        }
    }

    /// Writes what the kernel takes, without waiting.
    mutating func flush() {
        while hasMoreToSend {
            // Locks go with the first byte of their frame, so a write ends where the next ones are.
            let locks = lent.first?.place == sent ? lent[0].locks : []
            let end = lent.first { $0.place > sent }?.place ?? outgoing.count
            let count = outgoing.bytes.withUnsafeBytes { bytes in
                hakobi_send(
                    descriptor, bytes.baseAddress! + sent, end - sent, locks.map(\.descriptor), Int32(locks.count))
            }
            if count >= 0 {
                sent += count
                if !locks.isEmpty { lent.removeFirst() }
            } else if errno == EAGAIN {
                return
            } else if errno == ETOOMANYREFS, !locks.isEmpty {
                // As many as this user may have are on their way already: the store's own locks have to do.
                outgoing.retag(frameAt: sent, .jobs)
                lent.removeFirst()
            } else if errno != EINTR {
                // Nobody reads any more: its death will tell the rest.
                sent = outgoing.count
                lent = []
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
