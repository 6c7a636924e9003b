internal import HakobiCore

/// A job in a file: what its producer asked for, line by line, an empty line, and the payload as it is.
struct SpilledJob: Equatable {
    var job: NewJob
    /// When it was kept, by this host's clock: a delay counts from here.
    var kept: Timestamp
}

extension SpilledJob {
    /// The job as it is to be inserted at `now`: of a delay, what is left. Both moments are of one clock, which need not agree
    /// with the store's.
    func due(at now: Timestamp) -> NewJob {
        var job = job
        if case .after(let delay) = job.due { job.due = .after(max(.zero, delay - max(.zero, now - kept))) }
        return job
    }

    var bytes: [UInt8] {
        var lines = StateLines()
        lines.add("job", job.id.description)
        order.write(to: &lines)
        switch job.due {
        case .now: break
        case .after(let delay): lines.add("after", delay.wholeMicroseconds)
        case .at(let moment): lines.add("at", moment.microseconds)
        }
        if let key = job.idempotencyKey {
            lines.add("idempotency-key", key.key.description)
            lines.add("idempotency-window", key.window.wholeMicroseconds)
        }
        if let key = job.uniqueKey {
            lines.add("unique-key", key.key.description)
            lines.add("unique-conflict", key.onConflict.rawValue)
        }
        lines.add("bytes", job.payload.bytes.count)
        return lines.bytes + [UInt8(ascii: "\n")] + job.payload.bytes
    }

    /// Throws one sentence for bytes that are no such file, or only a part of one.
    init(_ bytes: [UInt8]) throws(UnreadableSpill) {
        let lineEnd = UInt8(ascii: "\n")
        guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == lineEnd && bytes[$0 + 1] == lineEnd })
        else { throw UnreadableSpill("it has no empty line behind its head") }
        var fields: [String: [UInt8]] = [:]
        for line in bytes[..<gap].split(separator: lineEnd) {
            guard let (name, value) = StateLines.field(line) else { throw UnreadableSpill("a line has no name") }
            fields[name] = value
        }
        let payload = Array(bytes[(gap + 2)...])
        try self.init(Fields(fields), payload)
    }

    private init(_ fields: Fields, _ payload: [UInt8]) throws(UnreadableSpill) {
        guard try fields.number("bytes") == Int64(payload.count) else {
            throw UnreadableSpill("its payload is not as long as it says")
        }
        guard let id = JobID(try fields.text("job")), let order = MailState.Order(fields.all), let codec = order.codec
        else { throw UnreadableSpill("its head lacks a line, or one does not read") }
        job = NewJob(
            id: id, kind: order.kind, queue: order.queue,
            payload: Payload(payload, codec: codec, version: order.version), priority: order.priority,
            due: try fields.due(), maxFailures: order.maxFailures, limits: order.limits,
            idempotencyKey: try fields.idempotencyKey(), uniqueKey: try fields.uniqueKey(), metadata: order.metadata)
        kept = Timestamp(microseconds: order.created)
    }

    private var order: MailState.Order {
        MailState.Order(
            kind: job.kind, queue: job.queue, priority: job.priority, maxFailures: job.maxFailures, limits: job.limits,
            metadata: job.metadata, created: kept.microseconds, codec: job.payload.codec, version: job.payload.version)
    }
}

/// A file in the spill that is no job.
struct UnreadableSpill: Error, CustomStringConvertible {
    let description: String
    init(_ problem: String) { description = "this is no spilled job: \(problem)" }
}

/// The head's lines by name.
private struct Fields {
    let all: [String: [UInt8]]

    init(_ all: [String: [UInt8]]) { self.all = all }

    func optionalText(_ name: String) -> String? { all[name].map { String(decoding: $0, as: UTF8.self) } }

    func text(_ name: String) throws(UnreadableSpill) -> String {
        guard let text = optionalText(name) else { throw UnreadableSpill("it has no line \"\(name)\"") }
        return text
    }

    func number(_ name: String) throws(UnreadableSpill) -> Int64 {
        guard let number = Int64(try text(name)) else { throw UnreadableSpill("its line \"\(name)\" is no number") }
        return number
    }

    func due() throws(UnreadableSpill) -> DueTime {
        if all["after"] != nil { return .after(.microseconds(try number("after"))) }
        if all["at"] != nil { return .at(Timestamp(microseconds: try number("at"))) }
        return .now
    }

    func idempotencyKey() throws(UnreadableSpill) -> IdempotencyKey? {
        guard all["idempotency-key"] != nil else { return nil }
        return IdempotencyKey(try key("idempotency-key"), window: .microseconds(try number("idempotency-window")))
    }

    func uniqueKey() throws(UnreadableSpill) -> UniqueKey? {
        guard all["unique-key"] != nil else { return nil }
        guard let rule = UniqueKey.OnConflict(rawValue: try text("unique-conflict")) else {
            throw UnreadableSpill("its unique key has no rule that this release knows")
        }
        return UniqueKey(try key("unique-key"), onConflict: rule)
    }

    private func key(_ name: String) throws(UnreadableSpill) -> JobKey {
        let text = try text(name)
        do throws(InvalidName) { return try JobKey(text) } catch { throw UnreadableSpill("\(error)") }
    }
}
