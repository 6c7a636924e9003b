import HakobiCore

/// The handlers' own account, read back.
struct MarkFile: Sendable {
    struct Mark: Sendable, Hashable {
        let job: JobID
        let attempt: Int
        let pid: Int32
        /// On the clock of `monotonicNanoseconds`.
        let at: Int64
    }

    private(set) var started: [Mark] = []
    private(set) var finished: [Mark] = []
    private(set) var acknowledged: [JobID] = []
    /// The idempotency keys of those that have one, in place of their ids.
    private(set) var acknowledgedKeys: Set<String> = []
    private(set) var refused = 0
    private(set) var other: [String] = []

    init(_ path: String) { self.init(text: (try? String(contentsOfFileAt: path)) ?? "") }

    init(text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            switch words.first {
            case "started": if let mark = Self.mark(words) { started.append(mark) }
            case "finished": if let mark = Self.mark(words) { finished.append(mark) }
            case "acked": if let id = words.last.flatMap({ JobID(String($0)) }) { acknowledged.append(id) }
            case "acked-key": if let key = words.last { acknowledgedKeys.insert(String(key)) }
            case "refused": refused += 1
            default: other.append(String(line))
            }
        }
    }

    private static func mark(_ words: [Substring]) -> Mark? {
        guard words.count == 5, let job = JobID(String(words[1])), let attempt = Int(words[2]),
            let pid = Int32(words[3]), let at = Int64(words[4])
        else { return nil }
        return Mark(job: job, attempt: attempt, pid: pid, at: at)
    }

    /// The longest time between two ends of jobs from one moment to another, in milliseconds.
    func longestGap(from start: Int64, to end: Int64) -> Double {
        let moments = [start] + finished.map(\.at).filter { $0 > start && $0 < end }.sorted() + [end]
        return zip(moments, moments.dropFirst()).map { Double($1 - $0) / 1e6 }.max() ?? 0
    }
}
