import Hakobi
import HakobiPrograms

/// Jobs as rows, as JSON and as a page of text; the documented field names are written here and nowhere else.
enum JobOutput {
    static func row(_ job: JobRecord) -> [String] {
        [
            job.id.description, job.kind.description, job.queue.description, stateWord(job), "\(job.priority)",
            "\(job.attempt)", "\(job.failures)", TimeText.write(job.dueAt.wholeSeconds),
            TimeText.write(job.createdAt.wholeSeconds),
        ]
    }

    /// The state, with what an operator wants to know beside it.
    static func stateWord(_ job: JobRecord) -> String {
        job.isCancelRequested
            ? "\(job.state) (cancel asked)" : job.isSuspect ? "\(job.state) (suspect)" : "\(job.state)"
    }

    static func json(_ job: JobRecord, withHistory: Bool = false) -> JSONValue {
        var pairs: [(String, JSONValue)] = [
            ("id", .text(job.id)), ("kind", .text(job.kind)), ("queue", .text(job.queue)), ("state", .text(job.state)),
            ("priority", .count(job.priority)), ("attempt", .count(job.attempt)), ("failures", .count(job.failures)),
            ("crashes", .count(job.crashes)), ("maxFailures", .count(job.maxFailures)), ("runAt", .time(job.dueAt)),
            ("createdAt", .time(job.createdAt)), ("finishedAt", .time(job.finishedAt)),
            ("isSuspect", .bool(job.isSuspect)), ("isCancelRequested", .bool(job.isCancelRequested)),
            ("owner", .optional(job.owner) { .text($0) }),
            ("idempotencyKey", .optional(job.idempotencyKey) { .text($0) }),
            ("uniqueKey", .optional(job.uniqueKey) { .text($0) }),
            ("timeoutSeconds", .seconds(job.limits.soft)), ("hardLimitSeconds", .seconds(job.limits.hard)),
            ("metadata", .object(job.metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ("progress", .optional(job.progress, json)),
            ("codec", .string(job.payload.codec.rawValue)), ("payload", json(job.payload)),
            ("result", .optional(job.result, json)),
        ]
        if withHistory { pairs.append(("history", .array(job.history.map(json)))) }
        return .object(pairs)
    }

    /// JSON as it is; other bytes as text where they are text, else as an object with their hexadecimal digits.
    static func json(_ payload: Payload) -> JSONValue {
        if payload.codec == .json { return .verbatim(payload.bytes) }
        if let text = String(validating: payload.bytes, as: UTF8.self) { return .string(text) }
        return .object([("hex", .string(hex(payload.bytes)))])
    }

    static func json(_ progress: Progress) -> JSONValue {
        .object([
            ("done", .count(progress.done)), ("total", .optional(progress.total, JSONValue.count)),
            ("note", .optional(progress.note, JSONValue.string)),
        ])
    }

    static func json(_ attempt: AttemptRecord) -> JSONValue {
        .object([
            ("attempt", .count(attempt.attempt)), ("outcome", .string(attempt.outcome)),
            ("error", .optional(attempt.error, JSONValue.string)),
            ("signal", .optional(attempt.cause?.signal) { .integer(Int64($0)) }),
            ("exitCode", .optional(attempt.cause?.exitCode) { .integer(Int64($0)) }),
            ("peakMemoryBytes", .optional(attempt.cause?.peakMemory, JSONValue.integer)),
            ("host", .optional(attempt.report?.host, JSONValue.string)),
            ("pid", .optional(attempt.report?.pid) { .integer(Int64($0)) }),
            ("generation", .optional(attempt.report?.generation, JSONValue.count)),
            ("release", .optional(attempt.report?.release, JSONValue.string)),
            ("ranSeconds", .seconds(attempt.report?.ran)), ("startedAt", .time(attempt.startedAt)),
            ("endedAt", .time(attempt.endedAt)),
        ])
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension Timestamp {
    /// Without its fraction of a second, for tables.
    var wholeSeconds: Timestamp { Timestamp(microseconds: microseconds / 1_000_000 * 1_000_000) }
}
