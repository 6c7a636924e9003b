import CHakobi
import Glibc

/// A running worker program: its guard, its socket, and what it writes to standard error. Used by one thread.
struct ProgramConnection {
    /// What reading brought.
    enum Reception {
        case some
        case nothing
        /// The program's end is closed. `isUnread`: it never read the last of what it was sent.
        case closed(isUnread: Bool)
    }

    let socket: Int32
    var program: GuardedProgram
    var errors: PipeReader
    var lines = LineBuffer()
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// Starts it: the socket is its standard input and output, and descriptor 3.
    static func start(
        _ command: String, _ environment: [String], rest: RestMark? = nil
    ) throws(ProgramFailure) -> ProgramConnection {
        var theirs = Descriptors()
        var ours = Descriptors()
        defer { theirs.close() }
        do throws(ProgramFailure) {
            var ends: [Int32] = [-1, -1]
            guard hakobi_socketpair(&ends) == 0 else { throw ProgramFailure("no socket pair: \(errnoText())") }
            let (socket, end) = (ours.own(ends[0]), theirs.own(ends[1]))
            let (errorRead, errorWrite) = try Descriptors.pipe(&ours, &theirs)
            let program = try GuardedProgram.start(
                command, environment + ["\(WorkerProtocol.socketVariable)=3"],
                .init(input: end, output: end, error: errorWrite, socket: end), rest: rest)
            return ProgramConnection(socket: socket, program: program, errors: PipeReader(errorRead))
        } catch {
            ours.close()
            throw error
        }
    }

    private init(socket: Int32, program: GuardedProgram, errors: PipeReader) {
        self.socket = socket
        self.program = program
        self.errors = errors
    }

    /// Takes in what is there, for `lines`.
    mutating func receive() -> Reception {
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        switch count {
        case 1...:
            lines.add(buffer[..<count])
            return .some
        case 0: return .closed(isUnread: false)
        default:
            if errno == EAGAIN || errno == EINTR { return .nothing }
            // The kernel's word for a Unix socket whose other end was closed with something unread in it.
            return .closed(isUnread: errno == ECONNRESET)
        }
    }

    /// Sends as much of `bytes` as there is room for; answers how much went, or `nil` when nobody will read any more.
    static func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) -> Int? {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.dropFirst(sent).withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return errno == EAGAIN ? sent : nil }
            sent += count
        }
        return sent
    }

    /// The program reads the end of its input.
    func closeInput() { shutdown(socket, Int32(SHUT_WR)) }

    /// Lets go of everything; the program has ended.
    mutating func finish() {
        close(socket)
        errors.close()
        program.finish()
    }
}
