/// What is on its way to a program. Sends as far as there is room, and keeps the rest.
struct ProgramOutlet: Sendable {
    private let socket: Int32
    private var rest: [UInt8] = []
    /// The program had closed its end before it was sent the last line.
    private(set) var isDeaf = false

    init(_ socket: Int32) { self.socket = socket }

    var isEmpty: Bool { rest.isEmpty }

    mutating func send(_ line: [UInt8]) {
        guard rest.isEmpty else { return rest += line }
        let sent = ProgramConnection.send(line[...], to: socket)
        isDeaf = sent == nil
        if let sent { rest = Array(line[sent...]) }
    }

    /// There is room again.
    mutating func flush() {
        let sent = ProgramConnection.send(rest[...], to: socket)
        isDeaf = sent == nil
        rest.removeFirst(sent ?? rest.count)
    }
}
