import Hakobi
import Logging

/// What a worker program says of itself.
struct ProgramHello: Sendable, Hashable {
    struct Offer: Sendable, Hashable {
        var kind: Kind
        var limits: TimeLimits
    }

    var version: Int
    var offers: [Offer]
    /// As its owner names it; for the log.
    var release: String?
    /// It promises to say something at least this often while it has a job.
    var heartbeat: Duration?
}

/// How a program says that a job ended.
enum ProgramOutcome: Sendable, Hashable {
    case completed(Payload?)
    case failed(error: String, after: Duration?)
    case gaveUp(error: String)
    case snoozed(Duration, reason: String?)
    case cancelled(reason: String?)
}

/// One line of a worker program.
enum ProgramMessage: Sendable, Hashable {
    case hello(ProgramHello)
    case outcome(JobID, ProgramOutcome)
    case progress(JobID, Progress?, checkpoint: [UInt8]?)
    case enqueue(JobID, NewJob)
    case log(Logger.Level, String, fields: [String: String])
    case heartbeat
    /// A type of a later release: passed over.
    case unknown(String)

    init(_ line: [UInt8]) throws(ProgramFault) {
        let object = try Self.object(line)
        switch try object.needed("type") {
        case "hello": self = .hello(try ProgramHello(object))
        case "outcome": self = .outcome(try object.job(), try ProgramOutcome(object))
        case "progress":
            self = .progress(try object.job(), try object.progress(), checkpoint: object.bytes("checkpoint"))
        case "enqueue": self = .enqueue(try object.job(), try NewJob(object))
        case "log": self = .log(try object.level(), try object.needed("message"), fields: try object.texts("fields"))
        case "heartbeat": self = .heartbeat
        case let other: self = .unknown(other)
        }
    }

    private static func object(_ line: [UInt8]) throws(ProgramFault) -> JSONObject {
        do throws(MalformedJSON) { return try JSONObject(line) } catch {
            let text = String(decoding: line.prefix(60), as: UTF8.self)
            throw ProgramFault(
                "it wrote a line that is no message, \"\(text)\(line.count > 60 ? "…" : "")\" (\(error.problem)): what is "
                    + "for people belongs on standard error")
        }
    }
}

extension ProgramHello {
    fileprivate init(_ object: JSONObject) throws(ProgramFault) {
        guard let version = try object.whole("version") else { throw ProgramFault("its hello names no version") }
        guard (WorkerProtocol.oldest...WorkerProtocol.newest).contains(version) else {
            throw ProgramFault(
                "it speaks version \(version) of the protocol; this service speaks \(WorkerProtocol.oldest) to "
                    + "\(WorkerProtocol.newest)")
        }
        self.version = version
        release = try object.text("release")
        heartbeat = try object.seconds("heartbeat")
        if heartbeat == .zero { throw ProgramFault("its \"heartbeat\" is 0: nobody can keep that") }
        offers = []
        for bytes in try object.list("kinds") ?? [] { offers.append(try Offer(bytes)) }
        if offers.isEmpty { throw ProgramFault("its hello names no kinds") }
    }
}

extension ProgramHello.Offer {
    /// A kind's name, or an object with its limits.
    fileprivate init(_ bytes: [UInt8]) throws(ProgramFault) {
        if let name = JSONObject.text(bytes) {
            self.init(kind: try named(name, Kind.init), limits: TimeLimits())
            return
        }
        guard let object = try? JSONObject(bytes) else {
            throw ProgramFault("its \"kinds\" hold something that is neither a text nor an object")
        }
        self.init(
            kind: try named(try object.needed("kind"), Kind.init),
            limits: TimeLimits(soft: try object.seconds("softLimit"), hard: try object.seconds("hardLimit")))
    }
}

extension ProgramOutcome {
    fileprivate init(_ object: JSONObject) throws(ProgramFault) {
        switch try object.needed("outcome") {
        case "completed": self = .completed(try object.payload("result"))
        case "failed":
            let error = try object.text("error") ?? "it gave no reason"
            if try object.yes("retry") == false {
                self = .gaveUp(error: error)
            } else {
                self = .failed(error: error, after: try object.seconds("delay"))
            }
        case "snoozed":
            guard let delay = try object.seconds("delay") else { throw ProgramFault("its \"delay\" is missing") }
            self = .snoozed(delay, reason: try object.text("reason"))
        case "cancelled": self = .cancelled(reason: try object.text("reason"))
        case let other:
            throw ProgramFault("\"\(other)\" is no outcome: completed, failed, snoozed and cancelled are")
        }
    }
}

extension NewJob {
    /// A follow-up; what is not said is as at any enqueue.
    fileprivate init(_ object: JSONObject) throws(ProgramFault) {
        var options = JobOptions()
        if let queue = try object.text("queue") { options.queue = try named(queue, QueueName.init) }
        if let priority = try object.whole("priority") { options.priority = priority }
        if let delay = try object.seconds("delay") { options.due = .after(delay) }
        if let count = try object.whole("maxFailures") { options.maxFailures = count }
        if let key = try object.text("idempotencyKey") {
            options.idempotencyKey = IdempotencyKey(try named(key, JobKey.init))
        }
        if let key = try object.text("uniqueKey") { options.uniqueKey = UniqueKey(try named(key, JobKey.init)) }
        options.metadata = try object.texts("metadata")
        self.init(
            kind: try named(try object.needed("kind"), Kind.init),
            payload: try object.payload("payload") ?? Payload(Array("null".utf8)), options)
    }
}

extension JSONObject {
    fileprivate func job() throws(ProgramFault) -> JobID {
        let text = try needed("id")
        guard let id = JobID(text) else { throw ProgramFault("its \"id\" \"\(text)\" is no job's") }
        return id
    }

    fileprivate func level() throws(ProgramFault) -> Logger.Level {
        let word = try text("level") ?? "info"
        guard let level = Logger.Level(rawValue: word == "warn" ? "warning" : word) else {
            throw ProgramFault(
                "\"\(word)\" is no level of a log: trace, debug, info, notice, warning, error and critical are")
        }
        return level
    }

    /// `nil` when the message is about a checkpoint only.
    fileprivate func progress() throws(ProgramFault) -> Progress? {
        guard let done = try whole("done") else { return nil }
        return Progress(done: done, total: try whole("total"), note: try text("note"))
    }

    /// A JSON value under the name, or bytes as Base64 under the name with 64 behind it.
    fileprivate func payload(_ name: String) throws(ProgramFault) -> Payload? {
        if let value = bytes(name) { return Payload(value) }
        guard let text = try text(name + "64") else { return nil }
        guard let bytes = Base64.decode(text) else { throw ProgramFault("its \"\(name)64\" is no Base64") }
        return Payload(bytes, codec: .raw)
    }
}

private func named<Name>(_ text: String, _ make: (String) throws(InvalidName) -> Name) throws(ProgramFault) -> Name {
    do throws(InvalidName) { return try make(text) } catch {
        throw ProgramFault("it gave a name that is none: \(error)")
    }
}
