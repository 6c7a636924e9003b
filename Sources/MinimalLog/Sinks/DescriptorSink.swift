import Glibc
import Synchronization

extension MinimalLog {
    /// Lines to an open descriptor, each by one write(2).
    ///
    /// On a file opened for appending, and on a pipe, the lines of any number of processes and threads stay whole. A line that cannot be
    /// written, since the disk is full or the reader gone, is lost and counted; nothing stops. Who writes to a pipe must ignore SIGPIPE,
    /// as servers do.
    public final class DescriptorSink: Sink {
        /// The descriptor, which stays its owner's to close.
        public let descriptor: Int32
        /// Found out when the sink was made.
        public let surface: Surface
        /// 4096 on a pipe, where no more goes in one piece; else 64 KiB.
        public let lineLimit: Int
        private let lost = Atomic(0)
        private let reason = Atomic<Int32>(0)
        /// The part of the lost that a line written since then allows to be told.
        private let tellable = Atomic(0)
        /// A line stands there without its end, so the next one begins with a line feed.
        private let isTorn = Atomic(false)

        /// Writes to an open descriptor.
        public init(_ descriptor: Int32) {
            self.descriptor = descriptor
            var status = stat()
            let type = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
            surface = type == S_IFREG ? .file : isatty(descriptor) == 1 ? .terminal : .other
            lineLimit = type == S_IFIFO ? Int(PIPE_BUF) : 65536
        }

        /// Standard error.
        public static let standardError = DescriptorSink(STDERR_FILENO)

        /// Writes a line. Where the descriptor does not block, a slow reader is waited for, a second at most; after that no line
        /// waits until one has gone.
        public func write(_ line: Span<UInt8>) { put(line, lostIfNot: 1) }

        /// Lines lost, once there has been room for another one.
        public func takeLoss() -> Loss? {
            guard tellable.load(ordering: .relaxed) > 0 else { return nil }
            let lines = tellable.exchange(0, ordering: .acquiring)
            return lines > 0 ? Loss(lines: lines, reason: reason.load(ordering: .relaxed)) : nil
        }

        /// Writes the line that tells of a loss, or keeps the loss in mind.
        public func write(_ line: Span<UInt8>, telling loss: Loss) { put(line, lostIfNot: loss.lines) }

        private func put(_ line: Span<UInt8>, lostIfNot lines: Int) {
            let failure = line.withUnsafeBytes { bytes in
                guard isTorn.load(ordering: .relaxed), isTorn.exchange(false, ordering: .relaxed) else {
                    return writeAll(bytes)
                }
                let whole = [UInt8(ascii: "\n")] + bytes
                let failure = whole.withUnsafeBytes(writeAll)
                if failure != 0 { isTorn.store(true, ordering: .relaxed) }
                return failure
            }
            if failure != 0 {
                reason.store(failure, ordering: .relaxed)
                lost.add(lines, ordering: .releasing)
            } else if lost.load(ordering: .relaxed) > 0 {
                tellable.add(lost.exchange(0, ordering: .acquiringAndReleasing), ordering: .releasing)
            }
        }

        /// 0, or errno's value. In one piece, but for signals, a disk that gets full, or a pipe that does.
        private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int32 {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                    continue
                }
                let failure = count == 0 ? EIO : errno
                if failure == EINTR || failure == EAGAIN && isWritable() { continue }
                if rest.count < bytes.count { isTorn.store(true, ordering: .relaxed) }
                return failure
            }
            return 0
        }

        private func isWritable() -> Bool {
            guard lost.load(ordering: .relaxed) == 0 else { return false }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            return poll(&wanted, 1, 1000) > 0
        }
    }
}
