import Hakobi
import HakobiCore
import Synchronization

/// The state of the pipes where others can look at it. Only the loop changes it.
final class PipeBoard: Sendable {
    private struct Content: Sendable {
        var state: PipeState
        var pages: [Int: RunningPage] = [:]
    }

    private let content: Mutex<Content>

    init(_ state: PipeState) { content = Mutex(Content(state: state)) }

    /// One round of the loop.
    func change<Value: Sendable>(_ body: (inout PipeState, inout [Int: RunningPage]) -> Value) -> Value {
        content.withLock { body(&$0.state, &$0.pages) }
    }

    /// Jobs whose handlers run now, as the children's own pages show them.
    func running() -> [RunningJob] {
        content.withLock { content in
            content.state.children.keys.sorted().flatMap { Self.running($0, content) }
        }
    }

    private static func running(_ serial: Int, _ content: Content) -> [RunningJob] {
        guard let child = content.state.children[serial], !child.given.isEmpty else { return [] }
        let now = RunningPage.clock()
        return (content.pages[serial]?.running() ?? []).compactMap { entry in
            guard let given = child.given.values.first(where: { $0.isShown(by: entry) }) else { return nil }
            return RunningJob(lease: given.job.lease, kind: given.job.kind, since: max(.zero, now - entry.startedAt))
        }
    }

    var generation: Int { content.withLock { $0.state.children.values.map(\.process.generation).max() ?? 0 } }
    var isDraining: Bool { content.withLock { $0.state.isDraining } }
    var isBusy: Bool { content.withLock { !$0.state.isEmpty } }
    var jobsDone: Int { content.withLock { $0.state.servedEver } }

    /// The children, oldest first.
    func processes() -> [ProcessReport] {
        content.withLock { content in
            content.state.children.values.sorted { $0.process.serial < $1.process.serial }.map { child in
                ProcessReport(
                    pid: child.process.pid, role: "worker", generation: child.process.generation,
                    release: child.release, state: child.word,
                    jobs: Self.running(child.process.serial, content).map {
                        .init(
                            id: $0.lease.job.description, kind: $0.kind.description, since: $0.since.wholeMicroseconds)
                    },
                    jobsDone: child.served, residentBytes: 0, startedAt: child.startedAt.microseconds)
            }
        }
    }
}

extension ChildState {
    /// As `ps` shows it.
    var word: String {
        switch phase {
        case .starting: "starting"
        case .ready: given.isEmpty ? "idle" : "busy"
        case .retiring, .closed: "draining"
        }
    }
}
