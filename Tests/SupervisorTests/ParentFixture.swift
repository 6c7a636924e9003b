import Foundation
import Glibc
import SupervisorFixtures
import Synchronization
import Testing

/// A whole parent in a process of its own, driven by real signals; what it says is awaited line by line.
final class ParentFixture: Sendable {
    private struct State {
        var lines: [String] = []
        var isOver = false
        var waiters: [(isMet: @Sendable ([String]) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    let pid: Int32

    /// Started through Foundation, whose children inherit a thread's mask in which nearly every signal is blocked.
    init(
        processes: Int = 2, mode: String = "", work: String? = nil, environment: [String: String] = [:],
        path: String = Program.supervisor
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [String(processes), Program.worker, mode] + (work.map { [$0] } ?? [])
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        pid = process.processIdentifier
        let descriptor = output.fileHandleForReading.fileDescriptor
        Reader.start(descriptor) { [weak self] line in
            self?.change { $0.lines.append(line) }
        } atEnd: { [weak self] in
            withExtendedLifetime(output) {}
            self?.change { $0.isOver = true }
        }
    }

    deinit {
        // Once it is over its number may be somebody else's.
        if !state.withLock(\.isOver) { kill(pid, SIGKILL) }
    }

    var lines: [String] { state.withLock(\.lines) }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Until so many lines begin so; fails when it ends before.
    func heard(_ prefix: String, times: Int = 1) async throws {
        // Each line is looked at once: there may be a hundred thousand.
        let counted = Mutex((lines: 0, found: 0))
        await until { lines in
            counted.withLock { counted in
                counted.found += lines[counted.lines...].count { $0.hasPrefix(prefix) }
                counted.lines = lines.count
                return counted.found >= times
            }
        }
        try #require(lines.count { $0.hasPrefix(prefix) } >= times, "\(prefix) in \(lines)")
    }

    /// Until it, and everybody who shares its output, has ended.
    func over() async { await until { _ in false } }

    private func until(_ isMet: @escaping @Sendable ([String]) -> Bool) async {
        let stop = Mutex(false)
        await withTaskCancellationHandler {
            await withCheckedContinuation { resume in
                change { $0.waiters.append((isMet: { isMet($0) || stop.withLock(\.self) }, resume: resume)) }
            }
        } onCancel: {
            stop.withLock { $0 = true }
            change { _ in }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let met = state.withLock { state in
            body(&state)
            let (lines, isOver) = (state.lines, state.isOver)
            let split = state.waiters.partition { isOver || $0.isMet(lines) }
            defer { state.waiters.removeSubrange(split...) }
            return state.waiters[split...].map(\.resume)
        }
        for resume in met { resume.resume() }
    }

    /// Numbers of the workers it has spawned.
    var workers: [Int32] {
        lines.filter { $0.hasPrefix("spawned ") }.compactMap { Int32($0.split(separator: " ")[1]) }
    }
}
