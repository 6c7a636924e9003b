import Dispatch
import Glibc
import HakobiPrefork
import SupervisorFixtures
import Testing

/// A datagram socket that listens as systemd does.
final class NotifySocket: Sendable {
    let descriptor: Int32
    let name: String

    init(abstract: Bool) throws {
        let unique = "hakobi-notify-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        name = abstract ? "@\(unique)" : "/tmp/\(unique)"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: Array(name.utf8))
            if abstract { path[0] = 0 }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(result == 0)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        if name.hasPrefix("/") { unlink(name) }
    }

    /// The next message, or what is there already.
    func next(waiting: Bool = true) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, waiting ? 0 : Int32(MSG_DONTWAIT))
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// Messages up to and with the first that begins so; waits on a thread that nobody else needs.
    func through(_ prefix: String) async -> [String] {
        await withCheckedContinuation { done in
            DispatchQueue(label: "notify-socket").async {
                var found: [String] = []
                while let message = self.next() {
                    found.append(message)
                    if message.hasPrefix(prefix) { break }
                }
                done.resume(returning: found)
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct SystemdNotifierTests {
    @Test("speaks to a socket in the file system and to an abstract one", arguments: [true, false])
    func sends(abstract: Bool) throws {
        let socket = try NotifySocket(abstract: abstract)
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        for notice in [SystemdNotice.ready, .stopping, .mainPID(12), .status("all well"), .reloading] {
            notifier.send(notice)
        }
        #expect(socket.next() == "READY=1")
        #expect(socket.next() == "STOPPING=1")
        #expect(socket.next() == "MAINPID=12")
        #expect(socket.next() == "STATUS=all well")
        let reloading = try #require(socket.next()).split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        let time = try #require(reloading.last?.split(separator: "=").last.flatMap { Int64($0) })
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        #expect(abs(Int64(now.tv_sec) - time / 1_000_000) < 60)
    }

    @Test("says nothing when nobody listens")
    func silent() {
        let notifier = SystemdNotifier(environment: [:])
        notifier.send(.ready)
        notifier.heartbeat()
        #expect(notifier.heartbeatInterval == nil)
        SystemdNotifier(environment: ["NOTIFY_SOCKET": "/nonexistent/socket"]).send(.ready)
        SystemdNotifier(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]).send(.ready)
    }

    @Test("beats only while the loop does, and at most once in half the interval")
    func watchdog() throws {
        let socket = try NotifySocket(abstract: true)
        let environment = ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "\(getpid())"]
        let notifier = SystemdNotifier(environment: environment)
        #expect(notifier.heartbeatInterval == .milliseconds(100))
        let start = ContinuousClock.now
        var beats = 0
        while ContinuousClock.now - start < .milliseconds(350) { notifier.heartbeat() }
        let most = Int((ContinuousClock.now - start) / .milliseconds(100)) + 1
        while socket.next(waiting: false) != nil { beats += 1 }
        #expect(beats >= 2 && beats <= most)
        // The loop hangs: nothing else beats for it.
        usleep(250_000)
        #expect(socket.next(waiting: false) == nil)
    }

    @Test("does not beat for another process's watchdog")
    func otherProcess() throws {
        let socket = try NotifySocket(abstract: true)
        let notifier = SystemdNotifier(
            environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"])
        notifier.heartbeat()
        #expect(socket.next(waiting: false) == nil)
    }

    @Test("a supervisor says when it is ready, reloading, ready again and stopping")
    func lifecycle() async throws {
        let socket = try NotifySocket(abstract: true)
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        let policy = SupervisorPolicy(processes: 1)
        let feeder = Feeder(onReload: { SupervisorSettings(command: command(), policy: policy) })
        try await supervising(policy, feeder: feeder, notifier: notifier) { supervisor, feeder in
            #expect(await socket.through("READY=1").contains { $0.hasPrefix("STATUS=generation 1") })
            supervisor.signal(.reload)
            #expect(await socket.through("RELOADING=1").isEmpty == false)
            #expect(await socket.through("READY=1").isEmpty == false)
            #expect(feeder.record.ready.contains { $0.process.generation == 2 })
        }
        #expect(await socket.through("STOPPING=1").last == "STOPPING=1")
    }
}
