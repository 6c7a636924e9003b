import Glibc
import Hakobi
import HakobiCore

/// A worker program in the hands of a check, which is the service for it.
struct TestDrive: ~Copyable {
    /// What came next.
    enum Word {
        case said(ProgramMessage)
        case ended(CauseOfDeath)
    }

    /// For each thing a program owes: long enough for an interpreter on a busy machine.
    static let patience = Duration.seconds(10)

    private var connection: ProgramConnection
    private(set) var hello = ProgramHello(version: 0, offers: [])
    private var attempts = 0
    private var isOver = false

    /// Starts the program.
    init(_ command: String, _ environment: [String]) throws {
        connection = try ProgramConnection.start(command, environment)
        send(ServiceMessage.hello.line)
    }

    /// Whatever it does now, it ends.
    deinit {
        var connection = connection
        if !isOver { connection.program.end() }
        connection.finish()
    }

    // MARK: To the program

    func send(_ line: [UInt8]) {
        var rest = line[...]
        while !rest.isEmpty {
            // Whoever reads no more is heard of by what is expected next.
            guard let sent = ProgramConnection.send(rest, to: connection.socket) else { return }
            rest = rest.dropFirst(sent)
            var watched = pollfd(connection.socket, POLLOUT)
            if !rest.isEmpty, poll(&watched, 1, ProgramClock.milliseconds(Self.patience)) <= 0 { return }
        }
    }

    func send(_ text: String) { send(Array("\(text)\n".utf8)) }

    /// Gives it a job.
    mutating func give(_ kind: String, _ payload: Payload = Payload(Array("null".utf8))) throws -> JobID {
        attempts += 1
        let id = JobIDs.next()
        let now = WallClock.now()
        let lease = Lease(job: id, row: 1, attempt: 1, owner: Owner(node: "test", boot: "test", incarnation: "test"))
        let job = ClaimedJob(
            lease: lease, kind: try Kind(kind), queue: .default, payload: payload, priority: 5, failures: 0, crashes: 0,
            maxFailures: 1, limits: TimeLimits(), metadata: ["language": "any \"one\""], checkpoint: nil,
            isSuspect: false,
            createdAt: now, dueAt: now, claimedAt: now)
        send(try ServiceMessage.line(giving: job, TimeLimits()))
        return id
    }

    func closeInput() { connection.closeInput() }

    // MARK: From the program

    /// What it says next, or its end; lines of its log and its heartbeats are passed over.
    mutating func next(_ expected: String) throws -> Word {
        let deadline = ProgramClock.now() + Self.patience
        while true {
            if let message = try line(expected) {
                switch message {
                case .log, .heartbeat: continue
                default: return .said(message)
                }
            }
            let left = deadline - ProgramClock.now()
            guard left > .zero else { throw Unmet(expected, "nothing for \(Self.patience)") }
            var watched = [
                pollfd(connection.socket), pollfd(connection.errors.descriptor), pollfd(connection.program.control),
            ]
            poll(&watched, 3, ProgramClock.milliseconds(left))
            connection.errors.read()
            if watched[0].revents != 0, case .closed = connection.receive() {
                return .ended(try end(expected, by: deadline))
            }
        }
    }

    private mutating func line(_ expected: String) throws -> ProgramMessage? {
        do throws(ProgramFault) {
            return try connection.lines.next().map(ProgramMessage.init)
        } catch {
            throw Unmet(expected, error.description)
        }
    }

    private mutating func end(_ expected: String, by deadline: Duration) throws -> CauseOfDeath {
        while case let left = deadline - ProgramClock.now(), left > .zero {
            var watched = pollfd(connection.program.control)
            guard poll(&watched, 1, ProgramClock.milliseconds(left)) > 0 else { continue }
            guard let cause = try connection.program.report() else { continue }
            connection.errors.read()
            isOver = true
            return cause
        }
        throw Unmet(expected, "it closed its end of the socket, and did not end for \(Self.patience)")
    }

    /// Its next message, which must not be its end.
    mutating func message(_ expected: String) throws -> ProgramMessage {
        switch try next(expected) {
        case .said(let message): return message
        case .ended(let cause): throw Unmet(expected, ProgramEnd(cause: cause, errors: connection.errors.text).sentence)
        }
    }

    mutating func greet() throws {
        guard case .hello(let hello) = try message("a hello") else { throw Unmet("a hello", "another message") }
        self.hello = hello
    }

    func handles(_ kind: String) -> Bool { hello.offers.contains { $0.kind.description == kind } }

    /// The outcome of this job, and what it said of it before.
    mutating func outcome(_ id: JobID, _ expected: String) throws -> (ProgramOutcome, before: [ProgramMessage]) {
        var before: [ProgramMessage] = []
        while true {
            switch try message(expected) {
            case .outcome(id, let outcome): return (outcome, before)
            case .outcome(let other, _): throw Unmet(expected, "an outcome of job \(other), which it does not have")
            case .hello: throw Unmet(expected, "a second hello")
            case let other: before.append(other)
            }
        }
    }
}

/// What was expected, and what came.
struct Unmet: Error, CustomStringConvertible {
    let expected: String
    let came: String

    init(_ expected: String, _ came: String) {
        self.expected = expected
        self.came = came
    }

    var description: String { "expected \(expected); came: \(came)" }
}
