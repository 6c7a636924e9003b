import HakobiCore

// How the values of the contract are written on the pipe; used by more than one frame.

extension ByteWriter {
    mutating func put(_ limits: TimeLimits) {
        put(limits.soft) { $0.put($1) }
        put(limits.hard) { $0.put($1) }
    }

    mutating func put(_ id: JobID) {
        put(id.high)
        put(id.low)
    }

    mutating func put(_ payload: Payload) {
        switch payload.codec {
        case .json: put(UInt8(0))
        case .raw: put(UInt8(1))
        default:
            put(UInt8(2))
            put(payload.codec.rawValue)
        }
        put(Int64(payload.version))
        put(payload.bytes)
    }

    mutating func put(_ metadata: [String: String]) {
        put(UInt32(metadata.count))
        for (key, value) in metadata {
            put(key)
            put(value)
        }
    }

    mutating func put(_ due: DueTime) {
        switch due {
        case .now: put(UInt8(0))
        case .after(let delay):
            put(UInt8(1))
            put(delay)
        case .at(let moment):
            put(UInt8(2))
            put(moment.microseconds)
        }
    }

    mutating func put(_ job: NewJob) {
        put(job.id)
        put(job.kind.description)
        put(job.queue.description)
        put(job.payload)
        put(Int64(job.priority))
        put(job.due)
        put(Int64(job.maxFailures))
        put(job.limits)
        put(job.idempotencyKey) { writer, key in
            writer.put(key.key.description)
            writer.put(key.window)
        }
        put(job.uniqueKey) { writer, key in
            writer.put(key.key.description)
            writer.put(key.onConflict.rawValue)
        }
        put(job.metadata)
    }
}

extension ByteReader {
    mutating func limits() throws(FrameError) -> TimeLimits {
        let soft = try optional { reader throws(FrameError) in try reader.duration() }
        let hard = try optional { reader throws(FrameError) in try reader.duration() }
        return TimeLimits(soft: soft, hard: hard)
    }

    mutating func jobID() throws(FrameError) -> JobID { JobID(high: try integer(), low: try integer()) }

    mutating func payload() throws(FrameError) -> Payload {
        let codec: Payload.Codec
        switch try integer(UInt8.self) {
        case 0: codec = .json
        case 1: codec = .raw
        case 2: codec = Payload.Codec(rawValue: try text())
        case let other: throw FrameError("\(other) is no codec")
        }
        let version = Int(try integer(Int64.self))
        return Payload(try blob(), codec: codec, version: version)
    }

    mutating func metadata() throws(FrameError) -> [String: String] {
        let count = try count(ofAtLeast: 8)
        guard count > 0 else { return [:] }
        var metadata: [String: String] = [:]
        for _ in 0..<count {
            let key = try text()
            metadata[key] = try text()
        }
        return metadata
    }

    mutating func dueTime() throws(FrameError) -> DueTime {
        switch try integer(UInt8.self) {
        case 0: .now
        case 1: .after(try duration())
        case 2: .at(Timestamp(microseconds: try integer()))
        case let other: throw FrameError("\(other) is no due time")
        }
    }

    mutating func newJob() throws(FrameError) -> NewJob {
        let id = try jobID()
        let kind = try named(Kind.init)
        let queue = try named(QueueName.init)
        let payload = try payload()
        let priority = Int(try integer(Int64.self))
        let due = try dueTime()
        let maxFailures = Int(try integer(Int64.self))
        let limits = try limits()
        let idempotencyKey = try optional { reader throws(FrameError) in
            IdempotencyKey(try reader.named(JobKey.init), window: try reader.duration())
        }
        let uniqueKey = try optional { reader throws(FrameError) in
            let key = try reader.named(JobKey.init)
            guard let rule = UniqueKey.OnConflict(rawValue: try reader.text()) else {
                throw FrameError("a follow-up's rule for conflicts is unknown")
            }
            return UniqueKey(key, onConflict: rule)
        }
        return NewJob(
            id: id, kind: kind, queue: queue, payload: payload, priority: priority, due: due,
            maxFailures: maxFailures, limits: limits, idempotencyKey: idempotencyKey, uniqueKey: uniqueKey,
            metadata: try metadata())
    }
}
