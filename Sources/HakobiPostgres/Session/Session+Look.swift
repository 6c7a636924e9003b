internal import HakobiCore
internal import Synchronization

/// A look below the cursors. It travels with a claim, behind it: what it meets, that claim has missed.
struct Look {
    let depth: LookDepth
    /// By their even numbers.
    let lanes: [Int32]
    /// Suspects' places as well.
    let isLonely: Bool
    /// How long the server took.
    var cost = Duration.zero
    /// Something was met that claims would have missed.
    var hasFound = false
    var isTaken = false

    struct Steps {
        let start: Int64
        let lanes: Int
        let heads: Int
        let end: Int
    }
}

/// What claims have asked for.
struct Asked {
    private(set) var kinds: Set<Kind> = []
    private(set) var isLonely = false

    mutating func add(_ demand: Demand) {
        kinds.formUnion(demand.kinds)
        isLonely = isLonely || demand.lonelySlots > 0
    }
}

/// The server's clock as far as it is known here: a moment that it said, and when that was heard.
struct HeardClock {
    private var heard: (moment: Int64, at: ContinuousClock.Instant)?

    /// Whether it has been set back.
    mutating func hear(_ moment: Int64, at instant: ContinuousClock.Instant) -> Bool {
        defer { heard = (moment, instant) }
        return heard.map { moment < $0.moment - LaneCursors.slack } ?? false
    }

    /// At least so late is it there; `nil` before anything was heard.
    func moment(at instant: ContinuousClock.Instant) -> Int64? {
        heard.map { $0.moment &+ ($0.at.duration(to: instant)).wholeMicroseconds }
    }
}

extension Session {
    /// The server's moment; cursors ahead of a clock that was set back are of no use.
    func hear(_ moment: Int64) {
        if clock.hear(moment, at: .now) { shared.cursors.withLock { $0.reset() } }
    }

    /// It goes beyond the claim that it travels with: whoever claims the rest may find no look's turn for long.
    func look(_ depth: LookDepth) -> Look {
        let lanes = names.lanesByNumber.values.filter { asked.kinds.contains($0.key.kind) }
        return Look(depth: depth, lanes: lanes.map(\.number), isLonely: asked.isLonely)
    }

    /// If somebody knows that claims would miss something, the next one is not to. What fails is still to be done.
    func lookIfWanted() throws(PostgresError) {
        guard shared.wantsLook.exchange(false, ordering: .relaxed) else { return }
        do throws(PostgresError) { _ = try lookAlone(.all) } catch {
            shared.wantsLook.store(true, ordering: .relaxed)
            throw error
        }
    }

    /// Takes the look that a claim has left for later; what it finds is for the next one, of which it gives a hint.
    func payLook() throws(PostgresError) {
        guard let depth = owedLook else { return }
        owedLook = nil
        if try lookAlone(depth) { shared.hints.send() }
    }

    /// Whether it has found anything.
    private func lookAlone(_ depth: LookDepth) throws(PostgresError) -> Bool {
        var alone: Look? = look(depth)
        try take(&alone)
        guard let alone else { return false }
        looks.looked(alone.depth, at: .now, cost: alone.cost)
        return alone.hasFound
    }

    /// Takes the look if it has not been, and what it has found.
    func finishLook(_ claiming: inout Claiming) throws(PostgresError) {
        if claiming.look?.isTaken == false { try take(&claiming.look) }
        guard let look = claiming.look else { return }
        claiming.look = nil
        if look.hasFound, claiming.hasRoom { try pass(&claiming) }
        looks.looked(look.depth, at: .now, cost: look.cost)
    }

    /// What a look asks for, behind a claim in the same round or alone.
    func add(_ look: Look, to round: Round) -> Look.Steps {
        let now = wall ?? clock.moment(at: .now)
        // Without a clock there have been no claims either, and all is new.
        let start = now.map { look.depth.start(at: $0) } ?? .min
        let numbers = look.lanes + (look.isLonely ? look.lanes.map { $0 | 1 } : [])
        return Look.Steps(
            start: start, lanes: round.add(sql.names.lanes),
            heads: round.add(sql.claim.heads) { p in
                p.int8(wall)
                p.int4s(numbers)
                p.int8(start)
            }, end: round.add(sql.read.now) { $0.int8(wall) })
    }

    /// Puts the cursors where the look says.
    func read(_ steps: Look.Steps, _ answers: Answers, of look: inout Look?) throws(PostgresError) {
        let count = names.lanesByNumber.count
        try rememberLanes(try answers[steps.lanes])
        look?.hasFound = names.lanesByNumber.count > count
        look?.isTaken = true
        let end = try answers[steps.end].first?.int8(0)
        for row in try answers[steps.heads] {
            let (number, now) = (try row.int4(0), try row.int8(4))
            hear(now)
            // By the server's clock: a busy machine, or one far away, is not a long way to look.
            if let end, end > now { look?.cost = .microseconds(end - now) }
            // Claims leave a paused queue alone: what they did not find there says nothing of what is there.
            guard try !row.bool(3) else {
                openLanes.remove(number & ~1)
                shared.cursors.withLock { $0.forget(number) }
                continue
            }
            openLanes.insert(number & ~1)
            let due = try row.int8OrNil(1)
            let head = try due.map { due throws(PostgresError) in Place(due: due, row: try row.int8(2)) }
            let isMissed = shared.cursors.withLock { cursors in
                cursors.looked(number, from: steps.start, head: head, at: now)
            }
            if isMissed { look?.hasFound = true }
        }
    }

    /// A look of its own.
    func take(_ look: inout Look?) throws(PostgresError) {
        shared.cursors.withLock { $0.begin() }
        defer { shared.cursors.withLock { $0.end() } }
        let round = newRound()
        round.isReadOnly = true
        guard let steps = look.map({ add($0, to: round) }) else { return }
        try read(steps, run(round), of: &look)
    }
}
