import HakobiCore

/// What a worker decides: what to claim, what to renew, whether it is done. Pure; the shell owns clock, store and runner.
struct WorkerState: Sendable {
    private let settings: WorkerSettings
    private let owner: Owner
    private var shares: QueueShares
    private var prefetch: Prefetch
    private var pace: PollPace
    private(set) var held: [HeldKey: HeldJob] = [:]
    /// Held and not finished.
    private(set) var inHand = 0
    private var finished: [Settlement] = []
    /// The last claim brought all it asked for, or a hint came since.
    private(set) var mayHaveMore = true
    private(set) var isQuiet = false
    private(set) var isDraining = false
    private(set) var cutAt: Duration?
    private(set) var giveUpAt: Duration?
    private var settlingSince: Duration?
    /// Someone may have asked for a cancel: look at every running lease now.
    private var mustLook = false
    /// The last claim of unknown effect, as long as its jobs may turn up.
    private var lostAnswer: LostAnswer?
    private var knownKinds: [Kind] = []

    init(_ settings: WorkerSettings, owner: Owner) {
        self.settings = settings
        self.owner = owner
        shares = QueueShares(settings.queues)
        prefetch = Prefetch(time: settings.prefetchTime, limit: settings.prefetchJobs)
        pace = PollPace(ceiling: settings.pollInterval)
    }

    // MARK: Claiming

    /// True when other kinds have handlers than before. None at all is no news: whoever has them is being started.
    mutating func learned(_ kinds: [Kind]) -> Bool {
        guard !kinds.isEmpty, kinds != knownKinds else { return false }
        knownKinds = kinds
        return true
    }

    /// What to ask the store for now, or `nil` when there is nothing to ask.
    ///
    /// Asks in bulk: not for each job that ends, but when half of what may be taken ahead is used up. With slow jobs
    /// nothing is taken ahead, and every free slot is asked for at once.
    mutating func demand(_ capacity: RunnerCapacity) -> Demand? {
        guard mayHaveMore, !isQuiet, !isDraining, !capacity.kinds.isEmpty else { return nil }
        let ahead = prefetch.jobs(slots: capacity.slots)
        let room = capacity.slots + ahead - inHand
        guard room > ahead / 2 || capacity.lonelySlots > 0 && inHand == 0 else { return nil }
        return Demand(
            queues: shares.divide(max(0, room)), kinds: capacity.kinds, slots: max(0, room),
            lonelySlots: capacity.lonelySlots, lease: settings.lease, owner: owner)
    }

    /// True when the next poll comes sooner than it was going to.
    @discardableResult
    mutating func claimed(_ jobs: [ClaimedJob], by demand: Demand, sentAt: Duration) -> Bool {
        for job in jobs {
            // A claim has one lease for all: a kind's own is written by the first renewal.
            let isUsual = settings.lease(of: job.kind) == demand.lease
            held[HeldKey(job.lease)] = HeldJob(
                lease: job.lease, kind: job.kind, queue: job.queue, requestID: job.metadata[Origin.requestID],
                isSuspect: job.isSuspect, deadline: sentAt + demand.lease,
                renewAt: isUsual ? sentAt + demand.lease / 3 : sentAt)
        }
        inHand += jobs.count
        shares.claimed(jobs)
        // A short answer means an empty store, unless a hint came while it was on its way.
        if jobs.count >= demand.slots, !jobs.isEmpty { mayHaveMore = true }
        return pace.claimed(anything: !jobs.isEmpty)
    }

    /// To be called before a claim is sent, so that a hint that comes meanwhile is not forgotten.
    mutating func claiming() {
        mayHaveMore = false
        pace.claiming()
    }

    /// A claim failed, and nobody knows whether it has taken anything.
    mutating func lostAnswer(at now: Duration) { lostAnswer = LostAnswer(at: now, lease: settings.lease) }

    /// What is to be given back now, if anything. No claim may be under way: nobody would know of its jobs yet.
    func unanswered(at now: Duration) -> Rescue.Scope? {
        guard let lostAnswer, lostAnswer.isDue(at: now) else { return nil }
        return .unanswered(owner, held: Set(held.keys.lazy.map(\.job)))
    }

    mutating func lookedForUnanswered(at now: Duration) {
        if lostAnswer?.looked(at: now) == false { lostAnswer = nil }
    }

    mutating func hinted() {
        pace.hinted()
        mayHaveMore = true
        mustLook = true
    }

    mutating func ticked() {
        pace.polled(isNeeded: !mayHaveMore)
        mayHaveMore = true
    }

    /// How long to wait for the next tick.
    var pollInterval: Duration { pace.interval }

    // MARK: Settling

    mutating func finished(_ settlements: [Settlement]) {
        for settlement in settlements {
            // The first end counts: a handler that was given up and ends after all has nothing to add.
            guard let index = held.index(forKey: HeldKey(settlement.lease)), !held.values[index].isFinished else {
                continue
            }
            held.values[index].isFinished = true
            inHand -= 1
            finished.append(settlement)
        }
    }

    mutating func takeFinished() -> [Settlement] {
        defer { finished.removeAll(keepingCapacity: true) }
        if !finished.isEmpty { prefetch.measured(finished) }
        return finished
    }

    var finishedCount: Int { finished.count }

    /// A settle was sent, or (with `nil`) answered or refused.
    mutating func settling(since moment: Duration?) { settlingSince = moment }

    /// A settle has been on its way since before `moment`.
    func isSettling(since moment: Duration) -> Bool { settlingSince.map { $0 < moment } ?? false }

    /// Forgets what the store has answered for (or what was given up); the answer is its kind and queue, for the log.
    mutating func settled(_ settlement: Settlement) -> HeldJob? {
        let job = held.removeValue(forKey: HeldKey(settlement.lease))
        // Suspects are claimed one at a time: the next may be waiting for this one's place.
        let mayBeFollowed = !settlement.followUps.isEmpty || job?.isSuspect == true
        if mayBeFollowed || Self.comesBackAtOnce(settlement.outcome) { mayHaveMore = true }
        return job
    }

    func deadline(of lease: Lease) -> Duration { held[HeldKey(lease)]?.deadline ?? .zero }

    /// Held, and its end not heard of.
    var unfinished: [Lease] { held.values.filter { !$0.isFinished }.map(\.lease) }

    private static func comesBackAtOnce(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .interrupted, .returned, .crashed, .suspected: true
        case .failed(_, .after(let delay)), .snoozed(let delay, _): delay < .milliseconds(1)
        default: false
        }
    }

    // MARK: Leases

    mutating func reported(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?) {
        guard let index = held.index(forKey: HeldKey(lease)) else { return }
        if let progress { held.values[index].progress = progress }
        if let checkpoint { held.values[index].checkpoint = checkpoint }
    }

    /// What to send now: leases that are due to be extended, news to be kept, and a look at what runs (is it cancelled?).
    mutating func renewals(now: Duration, running: [RunningJob]) -> [Renewal] {
        let look = mustLook
        mustLook = false
        let watched = Set(running.lazy.filter { look || $0.since > .milliseconds(500) }.map { HeldKey($0.lease) })
        var renewals: [Renewal] = []
        for (key, job) in held where !job.isFinished {
            let isDue = now >= job.renewAt
            guard isDue || job.progress != nil || job.checkpoint != nil || watched.contains(key) else { continue }
            renewals.append(
                Renewal(
                    job.lease, extend: isDue ? settings.lease(of: job.kind) : nil, progress: job.progress,
                    checkpoint: job.checkpoint))
            held[key]?.progress = nil
            held[key]?.checkpoint = nil
        }
        return renewals
    }

    mutating func renewed(_ renewal: Renewal, sentAt: Duration) {
        guard let lease = renewal.extend, let index = held.index(forKey: HeldKey(renewal.lease)) else { return }
        held.values[index].deadline = sentAt + lease
        held.values[index].renewAt = sentAt + lease / 3
    }

    /// A renewal that was not answered: its news is kept for the next, unless newer news has come.
    mutating func unanswered(_ renewals: [Renewal]) {
        for renewal in renewals {
            guard let index = held.index(forKey: HeldKey(renewal.lease)) else { continue }
            if held.values[index].progress == nil { held.values[index].progress = renewal.progress }
            if held.values[index].checkpoint == nil { held.values[index].checkpoint = renewal.checkpoint }
        }
    }

    func overdue(now: Duration) -> [Lease] { held.values.filter { !$0.isFinished && $0.deadline <= now }.map(\.lease) }

    // MARK: Quiet, drain, done

    mutating func setQuiet(_ quiet: Bool) {
        isQuiet = quiet
        if !quiet { mayHaveMore = true }
    }

    /// Drains from now on; what still runs at `cutAt` is cut, and given up when it goes on for all of `patience`. A second
    /// drain may bring that forward, never put it off.
    mutating func drain(cutAt moment: Duration, patience: Duration) {
        isDraining = true
        cutAt = min(cutAt ?? moment, moment)
        giveUpAt = min(giveUpAt ?? moment + patience, moment + patience)
    }

    /// Nothing is held any more.
    var isEmpty: Bool { held.isEmpty }
    /// The store has no leases of this worker, as far as anybody knows.
    var leavesNothing: Bool { held.isEmpty && lostAnswer?.isLookedFor != false }
    /// The last claim found nothing, and nothing runs: `--once` may end.
    var isIdle: Bool { held.isEmpty && !mayHaveMore }
}
