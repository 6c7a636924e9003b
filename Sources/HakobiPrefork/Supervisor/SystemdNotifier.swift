internal import Glibc
internal import Synchronization

/// Tells systemd how the service is (`sd_notify(3)`): one datagram a message to the socket named by NOTIFY_SOCKET.
///
/// Without that variable every call does nothing. Messages are sent without waiting; one that does not fit is dropped.
package final class SystemdNotifier: Sendable {
    private let descriptor: Int32
    private let address: [UInt8]
    /// Half of WATCHDOG_USEC, as the manual advises.
    private let beatInterval: Duration?
    private let lastBeat = Mutex<Duration?>(nil)

    /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. The variables must not be handed on to worker processes.
    package init(environment: [String: String]) {
        address = Array((environment["NOTIFY_SOCKET"] ?? "").utf8)
        let isUsable = address.first == UInt8(ascii: "/") || address.first == UInt8(ascii: "@")
        descriptor = isUsable ? socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0) : -1
        let isMine = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        beatInterval = isMine && interval > 0 ? .microseconds(interval / 2) : nil
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Variables of the protocol, to be removed from the environment of worker processes.
    package static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    /// How often `heartbeat` has to be called at least; `nil` when nobody watches.
    package var heartbeatInterval: Duration? { descriptor >= 0 ? beatInterval : nil }

    /// The claim–settle loop went round. Call it every time: only what is due is sent, and nothing else sends it, so
    /// that a loop that hangs is noticed.
    package func heartbeat() {
        guard let beatInterval, descriptor >= 0 else { return }
        let now = monotonicNow()
        let isDue = lastBeat.withLock { last in
            if let last, now - last < beatInterval { return false }
            last = now
            return true
        }
        if isDue { send("WATCHDOG=1") }
    }

    /// Sends one message.
    package func send(_ notice: SystemdNotice) {
        switch notice {
        case .ready: send("READY=1")
        case .reloading: send("RELOADING=1\nMONOTONIC_USEC=\(monotonicNow().wholeMicroseconds)")
        case .stopping: send("STOPPING=1")
        case .mainPID(let pid): send("MAINPID=\(pid)")
        case .status(let line): send("STATUS=\(line)")
        }
    }

    private func send(_ message: String) {
        guard descriptor >= 0 else { return }
        var name = sockaddr_un()
        let room = MemoryLayout.size(ofValue: name.sun_path)
        guard address.count < room else { return }
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { path in
            path.copyBytes(from: address)
            // "@" stands for the NUL that begins an abstract address, whose length counts.
            if address.first == UInt8(ascii: "@") { path[0] = 0 }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
        _ = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                sendto(
                    descriptor, message, message.utf8.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL),
                    generic, length)
            }
        }
    }
}
