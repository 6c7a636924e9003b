internal import CHakobi
internal import Glibc

/// The program of one generation, held open, so that a file replaced on disk does not mix releases within it.
final class ProgramImage {
    private let descriptor: Int32
    private let fallback: String

    /// The program that runs now, whatever is at its path by now.
    static func running(asStarted path: String) -> ProgramImage {
        ProgramImage(hakobi_open_path("/proc/self/exe"), path)
    }

    /// What is at this path now.
    static func onDisk(_ path: String) throws(SupervisorError) -> ProgramImage {
        let descriptor = hakobi_open_path(path)
        guard descriptor >= 0 else { throw .system("open \(path)", errno) }
        return ProgramImage(descriptor, path)
    }

    private init(_ descriptor: Int32, _ fallback: String) {
        self.descriptor = descriptor
        self.fallback = fallback
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Where a child finds it. Through this process's entry in /proc, for the child's own descriptors are closed
    /// before it execs; without /proc, the path as started.
    var path: String {
        let path = "/proc/\(getpid())/fd/\(descriptor)"
        return descriptor >= 0 && access(path, X_OK) == 0 ? path : fallback
    }
}
