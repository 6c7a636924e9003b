import CHakobi
import Glibc
import Hakobi
import HakobiPrefork

/// This program as a service of its own, started by the benchmark and measured by the kernel.
struct BenchService {
    let pid: Int32

    /// What the kernel counted, in MiB and seconds.
    struct Figures {
        var parentPeak = 0.0
        var parentResident = 0.0
        var workerPeak = 0.0
        var workerResident = 0.0
        var processorSeconds = 0.0
    }

    /// Starts `up` with these arguments, behind the words of `wrapper`; standard error goes to `log`.
    init(
        _ arguments: [String], wrapper: [String] = [], log: String, pickups: String = "", environment: [String: String]
    ) throws(CommandFailure) {
        var environment = environment
        environment[BenchHandler.variable] = pickups
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw CommandFailure(.failed, "cannot write to \(log)") }
        defer { close(output) }
        // Above what they are placed at: 1 and 2 are both the log.
        let places = [hakobi_dup_above(output, 10), hakobi_dup_above(output, 10)]
        defer { for place in places { close(place) } }
        var pid: pid_t = 0
        let program = wrapper.first ?? Self.program
        let words = wrapper.isEmpty ? [CommandLine.arguments[0]] : wrapper + [try Self.path()]
        let error = withCStrings(words + ["up"] + arguments) { argv in
            withCStrings(environment.map { "\($0)=\($1)" }) { envp in
                places.withUnsafeBufferPointer { map in
                    program.withCString { path in
                        var request = hakobi_spawn_request()
                        request.path = path
                        request.argv = argv
                        request.envp = envp
                        request.map = map.baseAddress
                        request.count = 2
                        request.first = 1
                        return hakobi_spawn(&request, &pid)
                    }
                }
            }
        }
        guard error == 0 else {
            throw CommandFailure(.failed, "cannot start a service: \(String(cString: strerror(error)))")
        }
        self.pid = pid
    }

    private static let program = "/proc/self/exe"

    /// This program's own file, for somebody else to start.
    private static func path() throws(CommandFailure) -> String {
        guard let path = realpath(program, nil) else {
            throw CommandFailure(.failed, "this program's own file cannot be found")
        }
        defer { free(path) }
        return String(cString: path)
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end, looking at the memory of parent and workers each 20 ms; `status` is 128 more than a signal.
    func wait() async throws -> (status: Int32, figures: Figures) {
        var figures = Figures()
        let before = ProcessFigures.processorSeconds()
        while true {
            look(&figures)
            var death = hakobi_death()
            if hakobi_reap(pid, &death) != 0 {
                figures.processorSeconds = ProcessFigures.processorSeconds() - before
                return (death.signal > 0 ? 128 + death.signal : death.exit_code, figures)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Memory of the parent and of its largest worker.
    func look(_ figures: inout Figures) {
        figures.parentPeak = ProcessFigures.larger(figures.parentPeak, ProcessFigures.memory("VmHWM", of: pid))
        figures.parentResident = ProcessFigures.memory("VmRSS", of: pid)
        figures.workerResident = 0
        for child in ProcessFiles.children(of: pid) {
            figures.workerPeak = ProcessFigures.larger(figures.workerPeak, ProcessFigures.memory("VmHWM", of: child))
            figures.workerResident = ProcessFigures.larger(
                figures.workerResident, ProcessFigures.memory("VmRSS", of: child))
        }
    }
}
