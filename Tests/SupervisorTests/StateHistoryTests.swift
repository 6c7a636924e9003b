import HakobiCore
import Testing

@testable import HakobiPrefork

/// Random histories: whatever comes in whatever order, the books stay right.
struct StateHistoryTests {
    @Test("seeded histories of 300 events keep every invariant", arguments: 0..<8)
    func histories(block: UInt64) async {
        let count: UInt64 = isSoak ? 250 : 4
        for seed in block * count..<(block + 1) * count {
            var history = History(seed: seed)
            for _ in 0..<300 { history.step() }
            history.finish()
            #expect(history.complaints.isEmpty, "seed \(seed): \(history.complaints.prefix(3))")
            // Others wait for events with real processes, and there are only a few threads.
            await Task.yield()
        }
    }
}

/// One history: a state, and the world as its actions would have made it.
struct History {
    var bench: StateBench
    var random: SeededGenerator
    var alive: Set<Int> = []
    var retired: Set<Int> = []
    var seenActions = 0
    var complaints: [String] = []
    var ended = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let spare: ClosedRange<Int>? = seed % 3 == 0 ? 1...2 : nil
        bench = StateBench(
            SupervisorPolicy(processes: 4, spare: spare, maxJobs: 5, maxMemory: 1000, maxAge: .seconds(50)), seed: seed)
        bench.send(.start)
        follow()
    }

    mutating func step() {
        bench.now += .milliseconds(Int.random(in: 0...3000, using: &random))
        let somebody = alive.sorted().randomElement(using: &random) ?? 0
        bench.send(event(for: somebody))
        follow()
        check()
    }

    private mutating func event(for serial: Int) -> SupervisorEvent {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: return .ready(serial: serial)
        case 5..<9:
            return .served(serial: serial, jobs: Int.random(in: 1...6, using: &random))
        case 9, 10:
            guard alive.remove(serial) != nil else { return .tick }
            let leaves = retired.contains(serial)
            return .exited(serial: serial, leaves ? CauseOfDeath(exitCode: 0) : CauseOfDeath(signal: 9))
        case 11: return .load(busy: Int.random(in: 0...4, using: &random))
        case 12: return .wantLonely(Int.random(in: 0...2, using: &random))
        case 13: return .retire(serial: serial)
        case 14: return retired.contains(serial) ? .closed(serial: serial) : .tick
        case 15: return .kill(serial: serial, aborting: serial.isMultiple(of: 2), because: "limit")
        case 16: return .measured(serial: serial, bytes: Int64.random(in: 0...1100, using: &random))
        case 17:
            let signals: [SupervisorSignal] = [.reload, .quiet, .resume, .more, .less, .report]
            return .signal(signals.randomElement(using: &random) ?? .report)
        case 18:
            return bench.state.roll?.policy == nil ? .reloaded(bench.state.policy) : .tick
        default: return .tick
        }
    }

    /// Does what the actions say, on paper.
    private mutating func follow() {
        for action in bench.actions[seenActions...] {
            switch action {
            case .spawn(let serial, _, _, _): alive.insert(serial)
            case .retire(let serial):
                if !retired.insert(serial).inserted { complaints.append("\(serial) retired twice") }
            case .kill(let serial, _):
                if !alive.contains(serial) { complaints.append("\(serial) killed when gone") }
            case .finish: ended += 1
            default: break
            }
        }
        seenActions = bench.actions.count
    }

    private mutating func check() {
        let state = bench.state
        if Set(state.children.keys) != alive { complaints.append("books differ from the world") }
        if let deadline = state.deadline, deadline <= bench.now { complaints.append("a deadline that is past: spin") }
        guard state.phase == .running else { return }
        if state.missing > 0, !state.backoff.isHolding(now: bench.now) { complaints.append("too few, and no reason") }
        let serving = state.serving(state.generation).count
        if serving > state.target + state.policy.recycledAtOnce { complaints.append("too many: \(serving)") }
        if state.lonely.count > state.wantedLonely { complaints.append("too many lonely ones") }
    }

    /// TERM, and everybody leaves: it must end, once.
    mutating func finish() {
        bench.send(.signal(.terminate))
        follow()
        for serial in alive.sorted() {
            alive.remove(serial)
            _ = bench.leave(serial)
            follow()
        }
        if ended != 1 { complaints.append("ended \(ended) times") }
    }
}
