/// How the jobs of one kind are run; `nil` means the default of the house.
public struct HandlerOptions: Sendable {
    /// How long a failed job waits.
    public var retry: RetryPolicy
    /// Bounds on one attempt; a job's own limits go before these.
    public var limits: TimeLimits

    /// Exponential backoff, no soft limit and the default hard limit, unless told otherwise.
    public init(retry: RetryPolicy = .exponential(), limits: TimeLimits = TimeLimits()) {
        self.retry = retry
        self.limits = limits
    }
}

/// Kind to handler: what a process can run.
///
/// Filled where handlers live; code that only enqueues never needs one. Problems are collected and reported together at
/// the start (`problems`), not one by one as traps.
public struct Handlers: Sendable {
    package struct Entry: Sendable {
        package let kind: Kind
        package let options: HandlerOptions
        package let run: @Sendable (Payload, JobContext) async throws -> Void
    }

    private var entries: [Kind: Entry] = [:]
    /// What is wrong with the registrations, one sentence each; empty when all is well.
    public private(set) var problems: [String] = []

    /// No handlers yet.
    public init() {}

    /// The kinds that have a handler, sorted.
    public var kinds: [Kind] { entries.keys.sorted { $0.description < $1.description } }

    /// Runs `handle` for each job of a type. Its JSON is decoded first; what does not decode is dead at once, with the
    /// decoder's words, because no retry will change the bytes.
    public mutating func on<J: Job>(
        _ type: J.Type, _ options: HandlerOptions = HandlerOptions(),
        handle: @escaping @Sendable (_ job: J, _ context: JobContext) async throws -> Void
    ) {
        on(kind: J.kind, options) { payload, context in
            try await handle(try PayloadCodec.decode(J.self, from: payload), context)
        }
    }

    /// Runs `handle` with the payload as it is, for kinds that are not a Swift type.
    public mutating func on(
        kind name: String, _ options: HandlerOptions = HandlerOptions(),
        raw handle: @escaping @Sendable (_ payload: Payload, _ context: JobContext) async throws -> Void
    ) {
        do throws(InvalidName) {
            let kind = try Kind(name)
            if entries[kind] != nil { problems.append("kind \"\(name)\" has two handlers: register each kind once") }
            entries[kind] = Entry(kind: kind, options: options, run: handle)
        } catch {
            problems.append(error.description)
        }
    }

    package subscript(kind: Kind) -> Entry? { entries[kind] }
}
