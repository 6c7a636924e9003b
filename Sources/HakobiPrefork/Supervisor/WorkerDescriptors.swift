internal import CHakobi
internal import Glibc

/// Where a worker process finds what it inherited. Its pipe has number 3 unless listening sockets have that place.
package struct WorkerDescriptors: Sendable, Hashable {
    /// The variable that names the pipe's number; whoever has it, with a socket behind it, is a worker process.
    package static let variable = "HAKOBI_WORKER_FD"

    /// The child's end of the socket pair. It is blocking at first.
    package let pipe: Int32
    /// The shared memory: the number after the pipe's.
    package var page: Int32 { pipe + 1 }
    /// `ProcessCommand.sharedDescriptors`, in order: from here on.
    package var shared: Int32 { pipe + 2 }

    init(pipe: Int32) {
        self.pipe = pipe
    }

    /// What this process inherited, if it is a worker process. The variable must not reach programs started by it.
    package static func inherited(environment: [String: String]) -> WorkerDescriptors? {
        guard let text = environment[variable], let pipe = Int32(text), pipe > 2 else { return nil }
        var status = stat()
        guard fstat(pipe, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return WorkerDescriptors(pipe: pipe)
    }

    /// Sets close-on-exec on the pipe, the page and `count` shared descriptors, so that programs started by handlers
    /// have none of them (law: only parent and children hold the liveness lock).
    package func closeOnExec(sharing count: Int) {
        for descriptor in pipe..<shared + Int32(count) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }
}
