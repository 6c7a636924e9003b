internal import HakobiCore
internal import Logging

/// All decisions of the supervisor: an event in, actions out; no clock, no process, no descriptor.
///
/// Every step ends with `balance`, which compares what is with what should be. So no event has to foresee another:
/// a crash, a reload and one process more at the same moment are three notes on one sheet.
struct SupervisorState: Sendable {
    /// Where the whole stands.
    enum Phase: Sendable, Equatable {
        case running
        /// Going; whatever is left at the deadline is cut.
        case draining(Drain)
        case finished
    }

    struct Drain: Sendable, Equatable {
        var deadline: Duration
        /// TERMs since the drain began.
        var terms: Int
        /// The parent that took over.
        var successor: Int32?
        /// Processes that had to be killed.
        var cut = 0
        /// The killing has begun.
        var isCutting = false
    }

    /// A new generation on its way.
    struct Roll: Sendable, Equatable {
        var generation: Int
        /// `nil` until the settings have been read.
        var policy: SupervisorPolicy?
        var deadline: Duration
    }

    /// A new parent on its way.
    struct Upgrade: Sendable, Equatable {
        var pid: Int32 = 0
        var deadline: Duration
        /// It was told to end.
        var isEnding = false
    }

    var phase = Phase.running
    var policy: SupervisorPolicy
    /// The serving one.
    var generation = 1
    var newestGeneration = 1
    /// Those whose program the shell holds open.
    var openGenerations: Set<Int> = [1]
    var children: [Int: Child] = [:]
    var lastSerial = 0
    var roll: Roll?
    /// HUP came while rolling.
    var rollsAgain = false
    var upgrade: Upgrade?
    var isQuiet = false
    /// Every wanted process has been ready once.
    var isUp = false
    var busy = 0
    var wantedLonely = 0
    var spare: SpareTarget?
    var backoff = RespawnBackoff()
    var lonelyBackoff = RespawnBackoff()
    var random: SeededGenerator
    var lastStatus = ""

    var now = Duration.zero
    var actions: [SupervisorAction] = []

    init(policy: SupervisorPolicy, seed: UInt64) {
        self.policy = policy
        random = SeededGenerator(seed: seed)
        spare = policy.spare.map { SpareTarget(startingWith: $0.lowerBound) }
    }

    /// Takes what happened, in order, at a monotonic time, and says what to do, in order.
    ///
    /// Deadlines are looked at after all of it: a hello that waited to be read is not too late.
    mutating func handle(_ events: [SupervisorEvent], now: Duration) -> [SupervisorAction] {
        guard phase != .finished else { return [] }
        self.now = now
        actions = []
        for event in events { apply(event) }
        checkDeadlines()
        balance()
        reportStatus()
        finishIfEmpty()
        return actions
    }

    private mutating func apply(_ event: SupervisorEvent) {
        switch event {
        case .start, .tick: break
        case .signal(let signal): take(signal)
        case .spawned(let serial, let pid): children[serial]?.pid = pid
        case .spawnFailed(let serial, let why): spawnFailed(serial, why: why)
        case .exited(let serial, let cause): exited(serial, cause)
        case .ready(let serial): ready(serial)
        case .served(let serial, let jobs): served(serial, jobs: jobs)
        case .load(let busy): self.busy = busy
        case .wantLonely(let count): wantedLonely = max(0, count)
        case .retire(let serial): retire(serial)
        case .closed(let serial): closed(serial)
        case .kill(let serial, let aborting, let reason): kill(serial, aborting: aborting, because: reason)
        case .measured(let serial, let bytes): measured(serial, bytes: bytes)
        case .reloaded(let policy): roll?.policy = policy
        case .reloadFailed(let why): abandonRoll(because: why)
        case .upgradeStarted(let pid): upgrade?.pid = pid
        case .upgradeReady: upgradeReady()
        case .upgradeFailed(let why): upgradeFailed(why: why)
        }
    }

    /// When `tick` is due at the latest; `nil` when nothing waits for time.
    var deadline: Duration? {
        var times = children.values.map(\.deadline)
        times.append(upgrade?.deadline)
        switch phase {
        case .running:
            times.append(roll?.deadline)
            times.append(spare?.deadline)
            if missing > 0 { times.append(backoff.until) }
            if missingLonely > 0 { times.append(lonelyBackoff.until) }
        case .draining(let drain):
            if !drain.isCutting { times.append(drain.deadline) }
        case .finished: break
        }
        return times.compactMap(\.self).min()
    }

    /// Processes that are neither extra nor on their way out, of one generation, oldest first.
    func serving(_ generation: Int) -> [Child] {
        children.values.filter { $0.isServing && $0.generation == generation }.sorted { $0.serial < $1.serial }
    }

    mutating func log(_ level: Logger.Level, _ text: String) {
        actions.append(.log(level, text))
    }

    private mutating func finishIfEmpty() {
        guard case .draining(let drain) = phase, children.isEmpty, upgrade?.isEnding != true else { return }
        phase = .finished
        let end: Supervisor.End =
            if let successor = drain.successor { .replaced(by: successor) } else if drain.cut > 0 {
                .cut(drain.cut)
            } else { .drained }
        actions.append(.finish(end))
    }
}
