import Glibc
import HakobiPrograms

/// A file with the service's process number, for those who need one; systemd does not.
enum PIDFile {
    static func write(_ path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw CommandFailure(.failed, "cannot write \(path): \(errnoText())") }
        Output.write("\(getpid())\n", to: descriptor)
        close(descriptor)
    }

    /// Removes it if it is still ours: after an upgrade the successor has written its own.
    static func remove(_ path: String) {
        guard let text = try? TextFile.read(path), text.trimmed == "\(getpid())" else { return }
        unlink(path)
    }
}
