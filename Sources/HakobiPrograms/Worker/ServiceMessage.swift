import Hakobi

/// What a worker program is told, one line each.
enum ServiceMessage {
    case hello
    case job(ClaimedJob, TimeLimits)
    case cancel(JobID, StopWord)
    case drain

    /// Why a job is to stop.
    enum StopWord: String, Sendable {
        case cancelled
        case softLimit = "soft limit"
        case drained
    }

    /// The line with its end.
    func line() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try value().write(to: &bytes)
        bytes.append(0x0A)
        guard bytes.count <= WorkerProtocol.maxLine else {
            throw GiveUp(
                "the job takes a line of \(bytes.count) bytes; worker programs are given at most \(WorkerProtocol.maxLine)"
            )
        }
        return bytes
    }

    private func value() throws -> JSONValue {
        switch self {
        case .hello:
            .object([
                ("type", "hello"),
                ("versions", .array([.count(WorkerProtocol.oldest), .count(WorkerProtocol.newest)])),
                ("maxLine", .count(WorkerProtocol.maxLine)), ("service", .string("hakobi")),
            ])
        case .job(let job, let limits): .object(try Self.members(of: job, limits))
        case .cancel(let id, let why):
            .object([("type", "cancel"), ("id", .text(id)), ("reason", .string(why.rawValue))])
        case .drain: .object([("type", "drain")])
        }
    }

    /// In an order that is promised: what has no JSON at hand may take the line apart from both ends.
    private static func members(of job: ClaimedJob, _ limits: TimeLimits) throws -> [(String, JSONValue)] {
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

    private static func member(of payload: Payload) throws -> (String, JSONValue) {
        guard payload.codec == .json else { return ("payload64", .string(Base64.encode(payload.bytes))) }
        do throws(MalformedJSON) { try JSONCheck.check(payload.bytes) } catch {
            throw GiveUp("the payload says that it is json, and is not: \(error)")
        }
        return ("payload", .verbatim(payload.bytes))
    }

    private static func seconds(_ duration: Duration) -> JSONValue { .number(duration / .seconds(1)) }
}
