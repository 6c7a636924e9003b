/// Bytes in, lines out. Pure.
struct LineBuffer: Sendable {
    private let limit: Int
    private var bytes: [UInt8] = []
    private var head = 0
    /// No line ends before here.
    private var searched = 0

    init(limit: Int = WorkerProtocol.maxLine) { self.limit = limit }

    mutating func add(_ more: some Collection<UInt8>) { bytes += more }

    /// The next whole line that holds anything, without its end.
    mutating func next() throws(ProgramFault) -> [UInt8]? {
        while let end = bytes[searched...].firstIndex(of: 0x0A) {
            let line = bytes[head..<end]
            head = end + 1
            searched = head
            guard line.count <= limit else { throw tooLong }
            if line.contains(where: { $0 > 0x20 }) { return Array(line) }
        }
        searched = bytes.count
        guard bytes.count - head <= limit else { throw tooLong }
        bytes.removeFirst(head)
        searched -= head
        head = 0
        return nil
    }

    private var tooLong: ProgramFault { ProgramFault("it wrote a line longer than \(limit) bytes") }
}
