import Hakobi

/// What a worker program and the service agree on: one JSON object a line, in both directions (docs/worker-protocol.md).
///
/// ```
/// service: hello         job                  job        cancel           drain        (closes)
/// program:        hello      progress outcome     enqueue       outcome         outcome        (leaves)
/// ```
enum WorkerProtocol {
    static let oldest = 1
    static let newest = 1
    /// No line is longer, in either direction: twice what the largest payload takes as Base64, and room for the rest.
    static let maxLine = 4 << 20
    /// Names the descriptor of the socket, for programs that want their standard output for themselves.
    static let socketVariable = "HAKOBI_SOCKET"
}

/// A program did what the protocol does not know; one sentence, whose subject is the program.
struct ProgramFault: Error, Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
