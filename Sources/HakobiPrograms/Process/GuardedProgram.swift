import CHakobi
import Glibc
import HakobiCore
import Synchronization

/// A program's failure, as the history shows it.
package struct ProgramFailure: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// A program under its guard, which ends the program's whole group with the program, or with its owner, however that dies.
struct GuardedProgram {
    /// What the program finds open; closed here once it has started.
    struct Ends {
        var input: Int32
        var output: Int32
        var error: Int32
        /// Its descriptor 3, if any.
        var socket: Int32 = -1
    }

    /// Readable when there is a report.
    let control: Int32
    private let guardian: pid_t
    /// The program's process number, which is its group's too.
    private(set) var group: pid_t?

    /// Runs `/bin/sh -c command`. Without `rest` it is killed with its owner; with it, a program that rests then may leave
    /// by itself.
    static func start(
        _ command: String, _ environment: [String], _ ends: Ends, rest: RestMark? = nil
    ) throws(ProgramFailure) -> GuardedProgram {
        var controls: [Int32] = [-1, -1]
        guard hakobi_socketpair(&controls) == 0 else { throw ProgramFailure("no socket pair: \(errnoText())") }
        defer { close(controls[1]) }
        var pointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let (pid, code) = command.withCString { command in
            pointers.withUnsafeMutableBufferPointer { environment in
                var what = hakobi_exec(
                    command: command, environment: environment.baseAddress, input: ends.input, output: ends.output,
                    error: ends.error, socket: ends.socket, control: controls[1], rests: rest?.byte,
                    patience: Int32(RestMark.patience / .milliseconds(1)))
                return (hakobi_exec(&what), errno)
            }
        }
        guard pid > 0 else {
            close(controls[0])
            throw ProgramFailure("cannot start: \(String(cString: strerror(code)))")
        }
        return GuardedProgram(control: controls[0], guardian: pid)
    }

    private init(control: Int32, guardian: pid_t) {
        self.control = control
        self.guardian = guardian
    }

    /// Sends SIGTERM to the group.
    func terminate() { _ = send(control, "T", 1, Int32(MSG_NOSIGNAL)) }

    /// Ends the group with SIGKILL; the report still comes.
    func kill() { shutdown(control, Int32(SHUT_WR)) }

    /// Reads one report; answers how the program ended once it has.
    mutating func report() throws(ProgramFailure) -> CauseOfDeath? {
        var report = hakobi_exec_report()
        let size = MemoryLayout<hakobi_exec_report>.size
        let count = recv(control, &report, size, Int32(MSG_WAITALL))
        if count < 0, errno == EINTR { return nil }
        guard count == size else {
            // The guard was killed; it took the program with it, and here goes what is left of the group.
            if let group { Glibc.kill(-group, SIGKILL) }
            throw ProgramFailure("its guard died")
        }
        switch Int(report.kind) {
        case HAKOBI_EXEC_STARTED:
            group = report.value
            return nil
        case HAKOBI_EXEC_NOT_STARTED:
            throw ProgramFailure("cannot start: \(String(cString: strerror(report.value)))")
        default:
            return CauseOfDeath(
                signal: report.signal == 0 ? nil : report.signal, exitCode: report.signal == 0 ? report.value : nil,
                peakMemory: report.peak_memory)
        }
    }

    /// Kills the program and waits for its end, of which the guard tells, or its own.
    mutating func end() {
        kill()
        var isOver = false
        while !isOver {
            do throws(ProgramFailure) { isOver = try report() != nil } catch { isOver = true }
        }
    }

    /// Lets go of the guard, which has ended or does so now.
    func finish() {
        close(control)
        var status: Int32 = 0
        while waitpid(guardian, &status, 0) < 0, errno == EINTR {}
    }
}

/// Whether a program has nothing in hand, where its guard sees it even after this process has died.
final class RestMark: Sendable {
    /// How long a program that rests may take to leave when its owner is gone, before SIGTERM and again before SIGKILL.
    static let patience = Duration.milliseconds(1500)

    // Set once, mapped until `deinit`, and written by atomic stores only.
    nonisolated(unsafe) fileprivate let byte: UnsafeMutablePointer<UInt8>

    init() throws(ProgramFailure) {
        guard let byte = hakobi_shared_byte() else { throw ProgramFailure("no shared memory: \(errnoText())") }
        self.byte = byte
    }

    deinit { munmap(byte, 1) }

    /// By the program's thread and by those who bring jobs. What is sent to the program afterwards reaches it later.
    func set(_ rests: Bool) {
        let word = UnsafeMutableRawPointer(byte).assumingMemoryBound(to: Atomic<UInt8>.self)
        word.pointee.store(rests ? 1 : 0, ordering: .sequentiallyConsistent)
    }
}

/// Descriptors to be closed together.
struct Descriptors {
    private var numbers: [Int32] = []

    mutating func own(_ number: Int32) -> Int32 {
        numbers.append(number)
        return number
    }

    mutating func close() {
        for number in numbers where number >= 0 { Glibc.close(number) }
        numbers = []
    }
}

extension Descriptors {
    /// A pipe whose reading end is ours and does not block; the writing end is theirs and does, as programs expect.
    static func pipe(
        _ ours: inout Descriptors, _ theirs: inout Descriptors
    ) throws(ProgramFailure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard hakobi_pipe(&ends) == 0 else { throw ProgramFailure("no pipe: \(errnoText())") }
        _ = fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) & ~O_NONBLOCK)
        return (ours.own(ends[0]), theirs.own(ends[1]))
    }
}
