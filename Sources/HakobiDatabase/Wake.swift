internal import CHakobi
internal import Glibc
internal import HakobiCore
internal import Synchronization

/// Wake hints: to whoever listens in this process, and by a datagram to every other process that listens at the same place.
///
/// Nothing polls: a listening thread sleeps in `recv`. Hints carry nothing and may be lost.
package final class Wake: Sendable {
    private struct Listening {
        var last = 0
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
        var ear: Ear?
    }

    /// A socket and the name it is heard under.
    private struct Ear {
        let socket: Int32
        let name: String
    }

    /// What sending remembers.
    private struct Sending {
        var isOwed = false
        var lastSent: UInt64 = 0
        var socket: Int32?
        var names: [String] = []
        var namesAt: (seconds: Int, nanoseconds: Int)?
    }

    private let directory: WakeDirectory
    private let listening = Mutex(Listening())
    private let sending = Mutex(Sending())

    /// Where the sockets are, and the turnstile.
    package var directoryPath: String { directory.path }

    package init(at path: String) { directory = WakeDirectory(at: path) }

    deinit {
        if let socket = sending.withLock({ $0.socket }) { Glibc.close(socket) }
    }

    // MARK: Sending

    /// A hint is due; sent at the next `flush`.
    package func owe() { sending.withLock { $0.isOwed = true } }

    /// Sends the hint that is owed, if any. While the sender goes on working, one a millisecond is enough.
    package func flush(isBusy: Bool = false) {
        let isDue = sending.withLock { sending in
            guard sending.isOwed, !isBusy || Self.microseconds() > sending.lastSent + 1000 else { return false }
            sending.isOwed = false
            return true
        }
        if isDue { send() }
    }

    /// Everyone who listens gets a hint.
    package func send() {
        let (continuations, own) = listening.withLock { (Array($0.continuations.values), $0.ear?.name) }
        for continuation in continuations { continuation.yield() }
        sending.withLock { sending in
            sending.lastSent = Self.microseconds()
            readNames(&sending)
            guard sending.names.contains(where: { $0 != own }) else { return }
            if sending.socket == nil { sending.socket = WakeDirectory.unnamed() }
            guard let socket = sending.socket else { return }
            for name in sending.names where name != own { directory.send(to: name, from: socket) }
        }
    }

    /// The list is read again when the directory has changed. A file system's clock ticks in milliseconds, so a list
    /// read within some ticks of a change may miss the next one and is not kept.
    private func readNames(_ sending: inout Sending) {
        guard let changed = directory.changedAt() else { return }
        if let known = sending.namesAt, known == (changed.tv_sec, changed.tv_nsec) { return }
        sending.names = directory.sockets()
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let age = (now.tv_sec - changed.tv_sec) * 1_000_000_000 + now.tv_nsec - changed.tv_nsec
        sending.namesAt = age > 50_000_000 ? (changed.tv_sec, changed.tv_nsec) : nil
    }

    private static func microseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
    }

    // MARK: Listening

    /// Hints from now on.
    package func stream() -> AsyncStream<Void> {
        // One hint in the buffer says all that many could.
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = listening.withLock { listening in
            listening.last += 1
            listening.continuations[listening.last] = continuation
            if listening.ear == nil { listening.ear = open() }
            return listening.last
        }
        continuation.onTermination = { [weak self] _ in self?.end(number) }
        return stream
    }

    /// All streams end.
    package func close() {
        for continuation in listening.withLock({ Array($0.continuations.values) }) { continuation.finish() }
    }

    private func end(_ number: Int) {
        let ear: Ear? = listening.withLock { listening in
            listening.continuations[number] = nil
            guard listening.continuations.isEmpty else { return nil }
            defer { listening.ear = nil }
            return listening.ear
        }
        guard let ear else { return }
        // Its thread notices, closes the socket and ends.
        directory.remove(ear.name)
        shutdown(ear.socket, Int32(SHUT_RDWR))
    }

    private func open() -> Ear? {
        let name = "\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36)).socket"
        guard let socket = directory.listen(as: name) else { return nil }
        do throws(StoreError) {
            try WorkThread.start { [weak self] in
                var bytes = [UInt8](repeating: 0, count: 16)
                while recv(socket, &bytes, bytes.count, 0) > 0 {
                    while recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
                    self?.heard()
                }
                Glibc.close(socket)
            }
        } catch {
            // Without a thread there is nobody to listen; polling finds everything.
            directory.remove(name)
            Glibc.close(socket)
            return nil
        }
        return Ear(socket: socket, name: name)
    }

    /// Everyone who listens in this process gets a hint.
    package func heard() {
        for continuation in listening.withLock({ Array($0.continuations.values) }) { continuation.yield() }
    }
}
