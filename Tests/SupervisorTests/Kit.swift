import Glibc
import HakobiCore
import Logging
import SupervisorFixtures
import Synchronization
import Testing

@testable import HakobiPrefork

/// Full length, as `make soak` asks for.
let isSoak = getenv("HAKOBI_SOAK") != nil

/// Programs built beside the tests.
enum Program {
    static let folder: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let whole = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(whole[..<(whole.lastIndex(of: "/") ?? whole.startIndex)])
    }()
    static var worker: String { folder + "/worker-fixture" }
    static var supervisor: String { folder + "/supervisor-fixture" }
}

func command(_ mode: String = "", environment: [String: String] = [:]) -> ProcessCommand {
    ProcessCommand(executable: Program.worker, arguments: ["worker", mode], environment: environment)
}

/// A supervisor of real processes for the length of a closure: then drained, and nothing may be left.
@discardableResult
func supervising(
    _ policy: SupervisorPolicy, _ command: ProcessCommand = command(), feeder: Feeder = Feeder(),
    notifier: SystemdNotifier? = nil, _ body: (Supervisor, Feeder) async throws -> Void
) async throws -> Supervisor.End? {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let supervisor = Supervisor(
        SupervisorSettings(command: command, policy: policy), observer: feeder, logger: logger, handlesSignals: false,
        notifier: notifier)
    feeder.attach(supervisor)
    let running = Task { try await supervisor.run() }
    do {
        try await body(supervisor, feeder)
    } catch {
        supervisor.signal(.terminate)
        supervisor.signal(.terminate)
        try await running.value
        throw error
    }
    supervisor.signal(.terminate)
    try await running.value
    #expect(supervisor.state.withLock { $0.children.isEmpty })
    await feeder.until { $0.closed == $0.seen.count }
    return supervisor.end
}

/// Whether a process runs; one that only waits to be reaped by somebody else does not.
func isRunning(_ pid: Int32) -> Bool {
    guard let file = fopen("/proc/\(pid)/stat", "re") else { return false }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let text = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    // "pid (name) S …"
    return text.split(separator: ")").last.map { !$0.hasPrefix(" Z") } ?? false
}
