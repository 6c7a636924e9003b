import Hakobi

/// What a worker program is told, one line each.
enum ServiceMessage {
    case hello
    case cancel(JobID, StopWord)
    case drain

    /// Why a job is to stop.
    enum StopWord: String, Sendable {
        case cancelled
        case softLimit = "soft limit"
        case drained
    }

    /// The line with its end.
    var line: [UInt8] { Self.line(.object(members)) }

    private var members: [(String, JSONValue)] {
        switch self {
        case .hello:
            [
                ("type", "hello"),
                ("versions", .array([.count(WorkerProtocol.oldest), .count(WorkerProtocol.newest)])),
                ("maxLine", .count(WorkerProtocol.maxLine)), ("service", .string("hakobi")),
            ]
        case .cancel(let id, let why): [("type", "cancel"), ("id", .text(id)), ("reason", .string(why.rawValue))]
        case .drain: [("type", "drain")]
        }
    }

    private static func line(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        bytes.append(0x0A)
        return bytes
    }

    // MARK: A job

    /// The line that gives a job, whose limits are those of its kind if it has none.
    /// - Throws: `GiveUp` for one that no program can be given.
    static func line(giving job: ClaimedJob, _ limits: TimeLimits) throws(GiveUp) -> [UInt8] {
        let line = line(.object(try members(of: job, limits)))
        guard line.count <= WorkerProtocol.maxLine else {
            throw GiveUp(
                "the job takes a line of \(line.count) bytes; worker programs are given at most \(WorkerProtocol.maxLine)"
            )
        }
        return line
    }

    /// In an order that is promised: what has no JSON at hand may take the line apart from both ends.
    private static func members(of job: ClaimedJob, _ limits: TimeLimits) throws(GiveUp) -> [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [
            ("type", "job"), ("id", .text(job.lease.job)), ("kind", .text(job.kind)), ("queue", .text(job.queue)),
            ("attempt", .count(job.lease.attempt)), ("failures", .count(job.failures)),
        ]
        if let limit = limits.soft { members.append(("softLimit", seconds(limit))) }
        if let limit = limits.hard { members.append(("hardLimit", seconds(limit))) }
        if !job.metadata.isEmpty {
            let sorted = job.metadata.sorted { $0.key < $1.key }
            members.append(("metadata", .object(sorted.map { ($0.key, .string($0.value)) })))
        }
        if let checkpoint = job.checkpoint {
            let isJSON = (try? JSONCheck.check(checkpoint)) != nil
            members.append(
                isJSON ? ("checkpoint", .verbatim(checkpoint)) : ("checkpoint64", .string(Base64.encode(checkpoint))))
        }
        members.append(try member(of: job.payload))
        return members
    }

    private static func member(of payload: Payload) throws(GiveUp) -> (String, JSONValue) {
        guard payload.codec == .json else { return ("payload64", .string(Base64.encode(payload.bytes))) }
        do throws(MalformedJSON) { try JSONCheck.check(payload.bytes) } catch {
            throw GiveUp("the payload says that it is json, and is not: \(error)")
        }
        return ("payload", .verbatim(payload.bytes))
    }

    private static func seconds(_ duration: Duration) -> JSONValue { .number(duration / .seconds(1)) }
}
