#if Hummingbird
    import Foundation
    import Glibc
    import Hummingbird
    import Logging
    import MinimalLog
    import Synchronization
    import Testing

    /// Keeps lines instead of writing them.
    final class Lines: MinimalLog.Sink {
        private let kept = Mutex<[[UInt8]]>([])

        var bytes: [[UInt8]] { kept.withLock { $0 } }
        var all: [String] { bytes.map { String(decoding: $0, as: UTF8.self) } }

        func write(_ line: Span<UInt8>) {
            kept.withLock { $0.append(line.withUnsafeBytes { Array($0) }) }
        }

        /// The lines, once there are so many; what is there after ten seconds otherwise.
        func when(count: Int) async -> [String] {
            let end = ContinuousClock.now + .seconds(10)
            while all.count < count, ContinuousClock.now < end { await Task.yield() }
            return all
        }
    }

    /// A logger as a program has that logs by MinimalLog, to `lines` where nothing else is said.
    func logger(to lines: Lines, level: Logger.Level = .info) -> Logger {
        var settings = MinimalLog.Settings()
        settings.sink = lines
        return Logger(label: "test") { [settings] in MinimalLogHandler(label: $0, settings: settings, level: level) }
    }

    /// Runs `body` beside a server on a Unix socket, whose requests log to `lines`.
    func serving<Value: Sendable>(
        _ router: Router<BasicRequestContext>, logger: Logger = logger(to: Lines()),
        _ body: @Sendable @escaping (Server) async throws -> Value
    ) async throws -> Value {
        let server = Server(path: "/tmp/request-log-\(getpid())-\(UInt32.random(in: .min ... .max))")
        defer { unlink(server.path) }
        let (running, hasStarted) = AsyncStream.makeStream(of: Void.self)
        let app = Application(
            router: router, configuration: .init(address: .unixDomainSocket(path: server.path)),
            onServerRunning: { _ in hasStarted.finish() }, logger: logger)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await app.run()
                return nil
            }
            group.addTask {
                for await _ in running {}
                return try await body(server)
            }
            defer { group.cancelAll() }
            while let value = try await group.next() { if let value { return value } }
            throw NoAnswer()
        }
    }

    struct NoAnswer: Error {}

    /// Where a server listens.
    struct Server: Sendable {
        let path: String

        /// The whole answer to a request, sent as it is; a thread of its own waits for it.
        func ask(_ target: String, method: String = "GET", headers: [String] = []) async throws -> String {
            let lines = ["\(method) \(target) HTTP/1.1", "Host: test", "Connection: close"] + headers + ["", ""]
            let bytes = Array(lines.joined(separator: "\r\n").utf8)
            return try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread { continuation.resume(with: Result { try exchange(bytes) }) }
            }
        }

        private func exchange(_ bytes: [UInt8]) throws -> String {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard connected == 0, write(descriptor, bytes, bytes.count) == bytes.count else { throw NoAnswer() }
            var answer: [UInt8] = []
            var room = [UInt8](repeating: 0, count: 4096)
            while case let count = read(descriptor, &room, room.count), count > 0 { answer += room.prefix(count) }
            return String(decoding: answer, as: UTF8.self)
        }
    }
#endif
