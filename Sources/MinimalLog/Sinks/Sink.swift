import Glibc

extension MinimalLog {
    /// Where lines go.
    public protocol Sink: Sendable {
        /// Takes one line, its line feed included, and returns when it has gone or is lost; must not log.
        func write(_ line: Span<UInt8>)

        /// The lines that were lost until now, told once, and only when there is room again; `nil` for none.
        func takeLoss() -> Loss?

        /// Takes the line that tells of a loss. If it is lost too, the loss is still to be told.
        func write(_ line: Span<UInt8>, telling loss: Loss)

        /// What is at the other end.
        var surface: Surface { get }

        /// Bytes of the longest line that goes in one piece; longer ones are cut, and say so. At least 1024.
        var lineLimit: Int { get }
    }

    /// What lines are written on, for colours: a file never has any.
    public enum Surface: Sendable {
        case terminal, file
        /// A pipe, a socket, a device, or what a sink of one's own stands for.
        case other
    }

    /// Lines that could not be written.
    public struct Loss: Sendable, Equatable, CustomStringConvertible {
        /// How many.
        public let lines: Int
        /// The system's reason for the last of them: a value of errno, as `ENOSPC`.
        public let reason: Int32

        /// So many lines, and errno's value for the last of them.
        public init(lines: Int, reason: Int32) {
            self.lines = lines
            self.reason = reason
        }

        /// `3 lines were lost: No space left on device`
        public var description: String {
            "\(lines) \(lines == 1 ? "line was" : "lines were") lost: \(String(cString: strerror(reason)))"
        }
    }
}

extension MinimalLog.Sink {
    /// No loss.
    public func takeLoss() -> MinimalLog.Loss? { nil }

    /// A line as others.
    public func write(_ line: Span<UInt8>, telling loss: MinimalLog.Loss) { write(line) }

    /// Something else than a terminal or a file.
    public var surface: MinimalLog.Surface { .other }

    /// 64 KiB.
    public var lineLimit: Int { 65536 }
}
