internal import HakobiCore

/// What is known of one mail that has been tried, or of one job that was inserted; a fresh mail has none.
///
/// The truth about a mail, under its lock: where it stands when the two differ is repaired from here.
struct MailState: Equatable {
    /// Its file's name, in whichever folder its state says.
    var mail: String
    var state: JobState = .available
    var attempt = 0
    var failures = 0
    var crashes = 0
    var isSuspect = false
    /// Microseconds since 1970; `nil` for its arrival.
    var due: Int64?
    var finished: Int64?
    /// Who claimed it, which open store has it, and when.
    var owner: Owner?
    var holder: String?
    var claimed: Int64?
    var progress: Progress?
    var checkpoint: [UInt8]?
    var result: Payload?
    var history: [AttemptRecord] = []
    /// What its producer asked for, when it was inserted as a job.
    var order: Order?
    /// Lines that a newer release wrote and this one keeps.
    var others: [[UInt8]] = []

    /// What an insert says beyond the bytes.
    struct Order: Equatable {
        var kind: Kind
        var queue: QueueName
        var priority: Int
        var maxFailures: Int
        var limits: TimeLimits
        var metadata: [String: String]
        var created: Int64
        /// How the bytes of the file are to be read, and its version; `nil` when they are a mail.
        var codec: Payload.Codec?
        var version = 1
    }

    init(mail: String) { self.mail = mail }

    /// The rule of outcomes on what stands here.
    func ending(arrival: Int64, isCancelRequested: Bool) -> Ending {
        Ending(
            state: state, due: due ?? arrival, failures: failures, crashes: crashes, isSuspect: isSuspect,
            isCancelRequested: isCancelRequested)
    }

    /// Takes over what an ending has decided.
    mutating func take(_ ending: Ending, at now: Timestamp) {
        state = ending.state
        due = ending.due
        failures = ending.failures
        crashes = ending.crashes
        isSuspect = ending.isSuspect
        finished = ending.state.isTerminal ? now.microseconds : nil
        guard state != .running else { return }
        (owner, holder) = (nil, nil)
    }
}

// MARK: As text

extension MailState {
    /// A line a field, `name: value`, with backslashes and line ends of the value escaped.
    var text: [UInt8] {
        var lines = StateLines()
        lines.add("mail", mail)
        lines.add("state", state.description)
        lines.add("attempt", attempt)
        lines.add("failures", failures)
        lines.add("crashes", crashes)
        if isSuspect { lines.add("suspect", "yes") }
        lines.add("due", due)
        lines.add("finished", finished)
        lines.add("owner", owner?.description)
        lines.add("holder", holder)
        lines.add("claimed", claimed)
        if let progress { lines.add("progress", progress.fields) }
        lines.add("checkpoint", bytes: checkpoint)
        if let result {
            lines.add("result-codec", "\(result.version) \(result.codec.rawValue)")
            lines.add("result", bytes: result.bytes)
        }
        order?.write(to: &lines)
        for record in history { lines.add("history", record.fields) }
        for line in others { lines.add(whole: line) }
        return lines.bytes
    }

    /// `nil` for bytes that are no such text, or only a part of it.
    init?(_ bytes: [UInt8]) {
        var fields: [String: [UInt8]] = [:]
        history = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
            guard let (name, value) = StateLines.field(line) else { return nil }
            if name == "history" {
                guard let record = Netstrings.decode(value).flatMap(AttemptRecord.init(fields:)) else { return nil }
                history.append(record)
            } else if Self.names.contains(name) {
                fields[name] = value
            } else {
                others.append(Array(line))
            }
        }
        func text(_ name: String) -> String? { fields[name].map { String(decoding: $0, as: UTF8.self) } }
        func number(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }
        func count(_ name: String) -> Int { number(name).map { Int($0) } ?? 0 }
        guard let mail = text("mail"), bytes.last == UInt8(ascii: "\n"),
            let state = JobState.allCases.first(where: { $0.description == text("state") })
        else { return nil }
        self.mail = mail
        self.state = state
        (attempt, failures, crashes) = (count("attempt"), count("failures"), count("crashes"))
        isSuspect = text("suspect") == "yes"
        (due, finished, claimed) = (number("due"), number("finished"), number("claimed"))
        owner = text("owner").flatMap { Owner($0) }
        holder = text("holder")
        progress = fields["progress"].flatMap { Netstrings.decode($0) }.flatMap { Progress(fields: $0) }
        checkpoint = fields["checkpoint"]
        if let result = fields["result"], let codec = text("result-codec").flatMap(Codec.init) {
            self.result = Payload(result, codec: codec.codec, version: codec.version)
        }
        guard fields["kind"] != nil else { return }
        order = Order(fields)
        if order == nil { return nil }
    }

    private static let names: Set<String> = [
        "mail", "state", "attempt", "failures", "crashes", "suspect", "due", "finished", "owner", "holder", "claimed",
        "progress", "checkpoint", "result", "result-codec", "kind", "queue", "priority", "max-failures", "soft-limit",
        "hard-limit", "metadata", "created", "codec",
    ]

    /// A version and a codec's tag.
    fileprivate struct Codec {
        let version: Int
        let codec: Payload.Codec

        init?(_ text: String) {
            let parts = text.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let version = Int(parts[0]) else { return nil }
            self.version = version
            codec = Payload.Codec(rawValue: String(parts[1]))
        }
    }
}

extension MailState.Order {
    func write(to lines: inout StateLines) {
        lines.add("kind", kind.description)
        lines.add("queue", queue.description)
        lines.add("priority", priority)
        lines.add("max-failures", maxFailures)
        lines.add("soft-limit", limits.soft?.wholeMicroseconds)
        lines.add("hard-limit", limits.hard?.wholeMicroseconds)
        if !metadata.isEmpty { lines.add("metadata", metadata) }
        lines.add("created", created)
        if let codec { lines.add("codec", "\(version) \(codec.rawValue)") }
    }

    init?(_ fields: [String: [UInt8]]) {
        func text(_ name: String) -> String? { fields[name].map { String(decoding: $0, as: UTF8.self) } }
        func number(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }
        guard let kindText = text("kind"), let queueText = text("queue"), let priority = number("priority"),
            let maxFailures = number("max-failures"), let created = number("created")
        else { return nil }
        do throws(InvalidName) {
            kind = try Kind(kindText)
            queue = try QueueName(queueText)
        } catch {
            return nil
        }
        self.priority = Int(priority)
        self.maxFailures = Int(maxFailures)
        self.created = created
        limits = TimeLimits(
            soft: number("soft-limit").map { .microseconds($0) }, hard: number("hard-limit").map { .microseconds($0) })
        metadata = fields["metadata"].flatMap { Netstrings.decode($0) } ?? [:]
        let codec = text("codec").flatMap { MailState.Codec($0) }
        self.codec = codec?.codec
        version = codec?.version ?? 1
    }
}
