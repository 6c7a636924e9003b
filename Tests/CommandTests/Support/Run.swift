import CHakobi
import Foundation

/// One run of a program to its end.
struct Run {
    let status: Int32
    let output: String
    let error: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var errors: [String] { error.split(separator: "\n").map(String.init) }

    /// Each line of the output as an object.
    func objects() throws -> [[String: Any]] { try lines.map(object) }

    func object() throws -> [String: Any] { try object(output) }

    private func object(_ line: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
    }
}

/// A running program, ended with the test whatever happens.
final class Running: @unchecked Sendable {
    // Proof: `process` is only asked for its number and its end, both of which Foundation guards by a lock.
    private let process: Process
    let folder: Folder
    private let name = UUID().uuidString.prefix(8)

    init(
        _ program: String, _ arguments: [String], in folder: Folder, environment: [String: String] = [:],
        input: String? = nil
    ) throws {
        self.folder = folder
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HAKOBI_") }
        variables["SWIFT_BACKTRACE"] = "enable=no"
        process.environment = variables.merging(environment) { _, own in own }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let streams = try ["out", "err"].map { stream in
            try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("\(name).\(stream)", "")))
        }
        (process.standardOutput, process.standardError) = (streams[0], streams[1])
        let source =
            try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file("\(name).in", $0))) }
        process.standardInput = source ?? FileHandle.nullDevice
        try process.run()
        // Foundation keeps a process for ever, and with it what it was given. Beyond some 1,350 open descriptors its next
        // start may crash: it reads the list of them beyond the end.
        for handle in streams + [source].compactMap({ $0 }) { try handle.close() }
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { folder.read("\(name).out") }
    var error: String { folder.read("\(name).err") }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits for the end, for `seconds` at most; then it is killed and the status is -9.
    func end(within seconds: Double = 60) async -> Run {
        await until(seconds) { !self.process.isRunning }
        if process.isRunning {
            kill(pid, SIGKILL)
            process.waitUntilExit()
        }
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Run(status: status, output: output, error: error)
    }
}

/// Looks every few milliseconds; what is awaited happens in other processes, which ring no bell of ours. The limit is for
/// what never comes: on a busy machine much else takes long.
@discardableResult
func until(_ seconds: Double = 60, _ condition: () throws -> Bool) async rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if try condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try condition()
}

/// Runs `hakobi` (or another program) to its end.
func hakobi(
    _ arguments: String..., in folder: Folder, environment: [String: String] = [:], input: String? = nil,
    program: String = Built.hakobi
) async throws -> Run {
    try await Running(program, arguments, in: folder, environment: environment, input: input).end()
}
