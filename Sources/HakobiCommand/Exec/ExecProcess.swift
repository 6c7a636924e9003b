import CHakobi
import Glibc
import HakobiCore
import Logging

/// A started program: its guard, and the ends of its pipes in this process. Used by one thread, which waits in `attend`.
struct ExecProcess {
    /// Between SIGTERM and SIGKILL, when the job is to stop.
    static let stopGrace = Duration.milliseconds(1500)

    private let guardian: pid_t
    private var group: pid_t?
    private let control: Int32
    private var error: PipeReader
    private var output: PipeReader?
    private var end = ExecEnd()
    private var isEnded = false

    /// Starts it. The payload is a file in memory, so a program that never reads it cannot block anybody.
    static func start(
        _ command: String, _ environment: [String], input: [UInt8], logsOutput: Bool
    ) throws(ExecFailure) -> ExecProcess {
        var theirs = Descriptors()
        var ours = Descriptors()
        defer { theirs.close() }
        do throws(ExecFailure) {
            let payload = theirs.own(try PayloadFile.make(input))
            let (errorRead, errorWrite) = try pipe(&ours, &theirs)
            let output = logsOutput ? try pipe(&ours, &theirs) : nil
            let discarded = output == nil ? theirs.own(open("/dev/null", O_WRONLY | O_CLOEXEC)) : -1
            var ends: [Int32] = [-1, -1]
            guard hakobi_socketpair(&ends) == 0 else {
                throw ExecFailure(description: "no socket pair: \(errnoText())")
            }
            let (control, theirControl) = (ours.own(ends[0]), theirs.own(ends[1]))
            let guardian = try spawn(
                command, environment, (payload, output?.write ?? discarded, errorWrite, theirControl))
            return ExecProcess(
                guardian: guardian, control: control, error: PipeReader(errorRead),
                output: output.map { PipeReader($0.read) })
        } catch {
            ours.close()
            throw error
        }
    }

    private init(guardian: pid_t, control: Int32, error: PipeReader, output: PipeReader?) {
        self.guardian = guardian
        self.control = control
        self.error = error
        self.output = output
    }

    private static func pipe(
        _ ours: inout Descriptors, _ theirs: inout Descriptors
    ) throws(ExecFailure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard hakobi_pipe(&ends) == 0 else { throw ExecFailure(description: "no pipe: \(errnoText())") }
        // Our end must not block; theirs must, as programs expect.
        _ = fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) & ~O_NONBLOCK)
        return (ours.own(ends[0]), theirs.own(ends[1]))
    }

    private static func spawn(
        _ command: String, _ environment: [String], _ ends: (Int32, Int32, Int32, Int32)
    ) throws(ExecFailure) -> pid_t {
        var pointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let (pid, code) = command.withCString { command in
            pointers.withUnsafeMutableBufferPointer { environment in
                var what = hakobi_exec(
                    command: command, environment: environment.baseAddress, input: ends.0, output: ends.1,
                    error: ends.2, control: ends.3)
                return (hakobi_exec(&what), errno)
            }
        }
        guard pid > 0 else { throw ExecFailure(description: "cannot start: \(String(cString: strerror(code)))") }
        return pid
    }

    /// Waits for the end, reading what the program writes; rings of `stop` end it early.
    mutating func attend(stop: Int32, logger: Logger) throws(ExecFailure) -> ExecEnd {
        defer { finish() }
        var bell = stop
        var deadline: Duration?
        while !isEnded {
            let left = deadline.map { max(.zero, $0 - Self.now()) }
            var watched = [pollfd(control), pollfd(error.descriptor), pollfd(output?.descriptor ?? -1), pollfd(bell)]
            let count = poll(&watched, 4, left.map { Int32($0 / .milliseconds(1)) + 1 } ?? -1)
            guard count >= 0 || errno == EINTR else { throw ExecFailure(description: "cannot wait: \(errnoText())") }
            if count < 0 { continue }
            error.read()
            output?.logLines(logger)
            if watched[3].revents != 0 {
                bell = -1
                end.wasStopped = true
                deadline = Self.now() + Self.stopGrace
                _ = send(control, "T", 1, Int32(MSG_NOSIGNAL))
            }
            if let left, left == .zero, deadline != nil {
                deadline = nil
                shutdown(control, Int32(SHUT_WR))
            }
            if watched[0].revents != 0 { try readReport() }
        }
        error.read()
        output?.logLines(logger)
        end.errorTail = error.text
        return end
    }

    private mutating func readReport() throws(ExecFailure) {
        var report = hakobi_exec_report()
        let size = MemoryLayout<hakobi_exec_report>.size
        let count = recv(control, &report, size, Int32(MSG_WAITALL))
        if count < 0, errno == EINTR { return }
        guard count == size else {
            // The guard was killed; it took the program with it, and here goes what is left of the group.
            if let group { kill(-group, SIGKILL) }
            throw ExecFailure(description: "its guard died")
        }
        switch Int(report.kind) {
        case HAKOBI_EXEC_STARTED: group = report.value
        case HAKOBI_EXEC_NOT_STARTED:
            throw ExecFailure(description: "cannot start: \(String(cString: strerror(report.value)))")
        default:
            isEnded = true
            if report.signal == 0 { end.exitCode = report.value } else { end.signal = report.signal }
        }
    }

    private mutating func finish() {
        close(control)
        error.close()
        output?.close()
        var status: Int32 = 0
        while waitpid(guardian, &status, 0) < 0, errno == EINTR {}
    }

    private static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

extension pollfd {
    fileprivate init(_ descriptor: Int32) { self.init(fd: descriptor, events: Int16(POLLIN), revents: 0) }
}

/// Descriptors to be closed together.
private struct Descriptors {
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

/// The payload as a file in memory, at its beginning.
private enum PayloadFile {
    static func make(_ bytes: [UInt8]) throws(ExecFailure) -> Int32 {
        let file = hakobi_memfd("hakobi-payload", bytes.count)
        guard file >= 0 else { throw ExecFailure(description: "no memory for the payload: \(errnoText())") }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let failure = ExecFailure(description: "cannot hand over the payload: \(errnoText())")
                close(file)
                throw failure
            }
            written += count
        }
        lseek(file, 0, SEEK_SET)
        return file
    }
}
