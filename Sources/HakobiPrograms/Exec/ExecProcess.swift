import CHakobi
import Glibc
import Hakobi
import HakobiCore
import Logging

/// A started program: its guard, and the ends of its pipes in this process. Used by one thread, which waits in `attend`.
struct ExecProcess {
    /// Between SIGTERM and SIGKILL, when the job is to stop.
    static let stopGrace = Duration.milliseconds(1500)

    private var program: GuardedProgram
    private var error: PipeReader
    private var output: PipeReader?
    private var end = ExecEnd()
    private var isEnded = false

    /// Starts it. The payload is a file in memory, so a program that never reads it cannot block anybody.
    static func start(
        _ command: String, _ environment: [String], input: [UInt8], logsOutput: Bool
    ) throws(ProgramFailure) -> ExecProcess {
        var theirs = Descriptors()
        var ours = Descriptors()
        defer { theirs.close() }
        do throws(ProgramFailure) {
            let payload = theirs.own(try PayloadFile.make(input))
            let (errorRead, errorWrite) = try Descriptors.pipe(&ours, &theirs)
            let output = logsOutput ? try Descriptors.pipe(&ours, &theirs) : nil
            let discarded = output == nil ? theirs.own(open("/dev/null", O_WRONLY | O_CLOEXEC)) : -1
            let program = try GuardedProgram.start(
                command, environment, .init(input: payload, output: output?.write ?? discarded, error: errorWrite))
            return ExecProcess(
                program: program, error: PipeReader(errorRead), output: output.map { PipeReader($0.read) })
        } catch {
            ours.close()
            throw error
        }
    }

    private init(program: GuardedProgram, error: PipeReader, output: PipeReader?) {
        self.program = program
        self.error = error
        self.output = output
    }

    /// Waits for the end, reading what the program writes; rings of `stop` end it early.
    mutating func attend(stop: Int32, logger: Logger) throws(ProgramFailure) -> ExecEnd {
        defer { finish() }
        var bell = stop
        var deadline: Duration?
        while !isEnded {
            let left = deadline.map { max(.zero, $0 - ProgramClock.now()) }
            var watched = [
                pollfd(program.control), pollfd(error.descriptor), pollfd(output?.descriptor ?? -1), pollfd(bell),
            ]
            let count = poll(&watched, 4, left.map(ProgramClock.milliseconds) ?? -1)
            guard count >= 0 || errno == EINTR else { throw ProgramFailure("cannot wait: \(errnoText())") }
            if count < 0 { continue }
            error.read()
            output?.logLines(logger)
            if watched[3].revents != 0 {
                bell = -1
                end.wasStopped = true
                deadline = ProgramClock.now() + Self.stopGrace
                program.terminate()
            }
            if let left, left == .zero, deadline != nil {
                deadline = nil
                program.kill()
            }
            if watched[0].revents != 0, let cause = try program.report() {
                isEnded = true
                (end.exitCode, end.signal) = (cause.exitCode, cause.signal)
            }
        }
        error.read()
        output?.logLines(logger)
        end.errorTail = error.text
        return end
    }

    private mutating func finish() {
        error.close()
        output?.close()
        program.finish()
    }
}

/// The payload as a file in memory, at its beginning.
private enum PayloadFile {
    static func make(_ bytes: [UInt8]) throws(ProgramFailure) -> Int32 {
        let file = hakobi_memfd("hakobi-payload", bytes.count)
        guard file >= 0 else { throw ProgramFailure("no memory for the payload: \(errnoText())") }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let failure = ProgramFailure("cannot hand over the payload: \(errnoText())")
                close(file)
                throw failure
            }
            written += count
        }
        lseek(file, 0, SEEK_SET)
        return file
    }
}
