import Glibc
import Synchronization

extension MinimalLog {
    /// Lines at the end of a file, which may be moved away while it is written.
    ///
    /// After a move, ``reopen()`` begins the new file; who calls it on which signal is the program's business. With `followsMoves` the sink
    /// finds out by itself within a second. No line is lost either way: each goes to the old file or to the new one.
    public final class FileSink: Sink {
        /// Where the file is.
        public let path: String
        private let writer: DescriptorSink
        private let followsMoves: Bool
        private let lookedAt = Atomic<Int>(0)

        /// Opens a file for appending, made with mode 0640 if it is not there.
        ///
        /// - Parameters:
        ///   - path: the file; its folder must be there.
        ///   - followsMoves: looks once a second whether the path still names this file, for processes that nobody signals.
        /// - Throws: ``FileError`` when it cannot be opened.
        public init(path: String, followsMoves: Bool = false) throws(FileError) {
            self.path = path
            self.followsMoves = followsMoves
            writer = DescriptorSink(try Self.open(path))
        }

        deinit { close(writer.descriptor) }

        /// Begins the file at the path anew if it was moved; the old one goes on when that fails.
        ///
        /// The descriptor keeps its number and is exchanged by the kernel, so that a line on its way is in one of the two.
        public func reopen() throws(FileError) {
            let new = try Self.open(path)
            defer { close(new) }
            // A program started between the two calls has the file open as well, which harms nobody.
            guard dup2(new, writer.descriptor) >= 0, fcntl(writer.descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                throw FileError(path: path, reason: errno)
            }
        }

        /// Writes a line.
        public func write(_ line: Span<UInt8>) {
            if followsMoves { follow() }
            writer.write(line)
        }

        /// Lines lost, once there has been room for another one.
        public func takeLoss() -> Loss? { writer.takeLoss() }

        /// Writes the line that tells of a loss.
        public func write(_ line: Span<UInt8>, telling loss: Loss) { writer.write(line, telling: loss) }

        /// Never coloured.
        public var surface: Surface { .file }

        private func follow() {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
            let before = lookedAt.load(ordering: .relaxed)
            guard now.tv_sec != before,
                lookedAt.compareExchange(expected: before, desired: now.tv_sec, ordering: .relaxed).exchanged
            else { return }
            var here = stat()
            var there = stat()
            let isThere = stat(path, &there) == 0
            guard fstat(writer.descriptor, &here) == 0,
                !isThere || here.st_ino != there.st_ino || here.st_dev != there.st_dev
            else { return }
            // The old file is still good, and in a second it is tried again.
            try? reopen()
        }

        private static func open(_ path: String) throws(FileError) -> Int32 {
            let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else { throw FileError(path: path, reason: errno) }
            return descriptor
        }
    }

    /// A log file that cannot be opened.
    public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
        /// The file.
        public let path: String
        /// A value of errno, as `ENOENT`.
        public let reason: Int32

        /// `cannot open the log '/var/log/a': Permission denied`
        public var description: String {
            "cannot open the log '\(Visible.text(path))': \(String(cString: strerror(reason)))"
        }
    }
}
