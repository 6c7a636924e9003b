import Hakobi
import HakobiPrograms
import Logging

/// What handlers need of the settings, as the pipe's welcome carries it: name, NUL, value, NUL, for each.
///
/// The name of an exec rule is its kind; other names begin with what no kind can hold. No value holds a NUL. Not JSON: a
/// decoder's code is a megabyte that every worker process would have in memory from then on.
struct HandlerSettings: Sendable, Hashable {
    var exec: [ExecRule] = []
    var workers: [String] = []
    var crashBudget = Defaults.crashBudget

    private static let worker = "\u{1}worker"
    private static let crashBudgetName = "\u{1}crash-budget"

    init(_ settings: Settings) {
        exec = settings.exec.value
        workers = settings.worker.value
        crashBudget = settings.crashBudget.value
    }

    init(_ bytes: [UInt8]) throws {
        let words = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count.isMultiple(of: 2) else {
            throw Unreadable("each of the handlers' settings has a name and a value")
        }
        for index in stride(from: 0, to: words.count, by: 2) {
            let (name, value) = (words[index], words[index + 1])
            switch name {
            case Self.worker: workers.append(value)
            case Self.crashBudgetName: crashBudget = try Reading.count(value, from: 1)
            default: exec.append(ExecRule(kind: try Kind(name), command: value))
            }
        }
    }

    /// A service without worker programs says nothing that a release before them would not understand.
    var bytes: [UInt8] {
        var pairs = exec.map { ($0.kind.description, $0.command) }
        if !workers.isEmpty {
            pairs += workers.map { (Self.worker, $0) }
            pairs.append((Self.crashBudgetName, "\(crashBudget)"))
        }
        return pairs.flatMap { [UInt8]("\($0.0)\0\($0.1)\0".utf8) }
    }

    /// The worker programs of a process that runs `slots` jobs at once, started; `nil` when there are none.
    func startPrograms(
        slots: Int, environment: [String: String], logger: Logger
    ) async throws -> WorkerPrograms? {
        guard !workers.isEmpty else { return nil }
        return try await WorkerPrograms.start(
            workers, slots: slots, crashBudget: crashBudget, environment: environment, logger: logger)
    }
}
