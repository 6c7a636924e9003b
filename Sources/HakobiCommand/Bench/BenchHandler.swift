import Glibc
import Hakobi

/// The benchmark's handler, present only in processes that the benchmark has started.
enum BenchHandler {
    /// Set for the benchmark's services: a file to which each job's pickup time is appended, or nothing.
    static let variable = "HAKOBI_BENCH"

    static func register(in handlers: inout Handlers, file: String) {
        guard !file.isEmpty else { return handlers.on(BenchJob.self) { _, _ in } }
        handlers.on(BenchJob.self) { job, _ in
            let waited = MonotonicTime.nanoseconds() - job.sentAt
            let descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw GiveUp("cannot write to \(file)") }
            defer { close(descriptor) }
            Output.write("\(waited)\n", to: descriptor)
        }
    }
}
