internal import HakobiCore

/// Makes the random things of a history: few names, few keys and short times, so that they meet often.
struct ModelMaker {
    var random: SeededGenerator
    private(set) var ids: [JobID] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// True once in `of` times.
    mutating func once(in of: Int) -> Bool { number(1...of) == 1 }

    mutating func one<Value>(of values: [Value]) -> Value { values[number(0...(values.count - 1))] }

    mutating func seconds(_ range: ClosedRange<Int>) -> Duration { .seconds(number(range)) }

    mutating func owner() -> Owner { Owner(node: "node", boot: "boot", incarnation: "i\(number(1...3))") }

    mutating func queue() throws -> QueueName { try QueueName(one(of: ["a", "b", "c"])) }

    mutating func kind() throws -> Kind { try Kind(one(of: ["x", "y", "caf\u{E9}", "cafe\u{301}"])) }

    mutating func bytes() -> [UInt8] { (0..<number(0...8)).map { _ in UInt8(truncatingIfNeeded: random.next()) } }

    /// A job made before, or one that nobody knows.
    mutating func id() -> JobID { ids.isEmpty || once(in: 20) ? JobID(high: 1, low: random.next() >> 1) : one(of: ids) }

    mutating func newJob() throws -> NewJob {
        let isAgain = once(in: 15) && !ids.isEmpty
        let id = isAgain ? one(of: ids) : JobID(high: UInt64(ids.count + 1) << 16 | 0x7000, low: 1 << 63)
        if !isAgain { ids.append(id) }
        return NewJob(
            id: id, kind: try kind(), queue: try queue(), payload: Payload(bytes(), codec: .raw),
            priority: once(in: 30) ? 10 : number(0...9), due: due(), maxFailures: once(in: 40) ? 0 : number(1...3),
            limits: TimeLimits(soft: once(in: 3) ? seconds(1...9) : nil, hard: once(in: 3) ? seconds(1...9) : nil),
            idempotencyKey: once(in: 4) ? IdempotencyKey(try key(), window: seconds(0...100)) : nil,
            uniqueKey: once(in: 4) ? UniqueKey(try key(), onConflict: one(of: UniqueKey.OnConflict.allCases)) : nil,
            metadata: once(in: 3) ? ["k\(number(1...3))": "ü\(number(1...3))"] : [:])
    }

    private mutating func key() throws -> JobKey { try JobKey(one(of: ["k1", "k2", "\u{E9}", "e\u{301}"])) }

    private mutating func due() -> DueTime {
        switch number(1...6) {
        case 1: .after(seconds(-1...60))
        case 2: .at(Timestamp(microseconds: 1_798_761_600_000_000) + seconds(-100...500))
        default: .now
        }
    }

    mutating func demand() throws -> Demand {
        let kinds = try Set((0..<number(1...5)).map { _ in try kind() })
        return Demand(
            queues: once(in: 3) ? .listed(try shares()) : .all, kinds: Array(kinds), slots: number(0...5),
            lonelySlots: number(0...2), lease: seconds(5...60), owner: owner())
    }

    private mutating func shares() throws -> [Demand.Share] {
        let queues = try Set((0..<number(1...3)).map { _ in try queue() })
        return queues.sorted().map { Demand.Share(queue: $0, slots: number(0...3)) }
    }

    mutating func outcome() -> Outcome {
        let cause = CauseOfDeath(signal: 9, exitCode: once(in: 2) ? 3 : nil, peakMemory: once(in: 2) ? 1 << 40 : nil)
        return switch number(1...12) {
        case 1, 2, 3: .completed(result: once(in: 2) ? Payload(bytes(), codec: .raw, version: 2) : nil)
        case 4, 5: .failed(error: "error \(number(1...9))", .after(seconds(-1...40)))
        case 6: .failed(error: "", .never)
        case 7: .snoozed(seconds(0...40), reason: once(in: 2) ? "later" : nil)
        case 8: .cancelled(reason: once(in: 2) ? "no" : nil)
        case 9: .interrupted(reason: once(in: 2) ? "drain" : nil)
        case 10: .returned
        case 11: .crashed(cause, error: "died", budget: number(1...4))
        default: .suspected(cause, error: "died beside others")
        }
    }

    mutating func report() -> AttemptReport {
        AttemptReport(host: "host", pid: Int32(number(1...9)), generation: 1, release: "r", ran: seconds(0...9))
    }

    mutating func rescue() -> Rescue {
        let some = (0..<number(0...3)).map { _ in id() }
        let scope: Rescue.Scope =
            switch number(1...6) {
            case 1: .owner(owner(), running: some)
            case 2: .owner(owner(), running: nil)
            case 3: .unanswered(owner(), held: Set(some))
            default: .expired
            }
        return Rescue(scope, limit: once(in: 3) ? number(0...3) : 500, crashBudget: number(1...4))
    }

    mutating func retention() -> Retention {
        Retention(completedAge: seconds(0...300), completedRows: number(0...20), deadAge: seconds(0...600))
    }

    mutating func worker() throws -> WorkerReport {
        WorkerReport(
            owner: owner(), queues: [try queue()], kinds: [try kind()], slots: number(1...9), isQuiet: once(in: 2),
            processes: [])
    }
}
