import HakobiCore

/// A job in one slot of this process.
struct OccupiedSlot: Sendable {
    var job: ClaimedJob
    var startedAt: Duration
    var softLimit: Duration?
    /// Said before the slot's task is cancelled.
    var stopReason: StopReason?
}

/// What runs where in this process, and who is next. Pure.
///
/// Suspects run alone: while one runs nothing else starts, and it starts only when nothing else runs. Others may start
/// before a waiting suspect for a while; then the slots are kept free for it, so that its turn surely comes.
struct InProcessState: Sendable {
    private var waiting: [ClaimedJob] = []
    private var head = 0
    private var suspects: [ClaimedJob] = []
    /// Until when others may start before the first suspect.
    private var othersUntil: Duration?
    private let patience: Duration
    private(set) var slots: [OccupiedSlot?]
    private(set) var occupied = 0
    private var isAlone = false

    init(slots count: Int, patience: Duration = .seconds(5)) {
        slots = Array(repeating: nil, count: count)
        self.patience = patience
    }

    var waitingCount: Int { waiting.count - head + suspects.count }
    /// One suspect at a time is asked for.
    var lonelySlots: Int { suspects.isEmpty && !isAlone ? 1 : 0 }

    mutating func accept(_ jobs: [ClaimedJob]) {
        for job in jobs {
            if mustRunAlone(job) { suspects.append(job) } else { waiting.append(job) }
        }
    }

    /// Suspects, and what has ended a process before: beside others its next death would make suspects of them all, and
    /// cost a third one to tell it from them. With one slot everyone is alone.
    func mustRunAlone(_ job: ClaimedJob) -> Bool { job.isSuspect || job.crashes > 0 && slots.count > 1 }

    /// The next job for a free slot, now occupied by it; `nil` when there is none that may start.
    mutating func start(in slot: Int, now: Duration, limits: (ClaimedJob) -> Duration?) -> ClaimedJob? {
        guard !isAlone else { return nil }
        let job: ClaimedJob
        if !suspects.isEmpty, occupied == 0 {
            job = suspects.removeFirst()
            isAlone = true
            othersUntil = nil
        } else {
            guard mayPassSuspects(now), head < waiting.count else { return nil }
            job = waiting[head]
            head += 1
            compact()
        }
        slots[slot] = OccupiedSlot(job: job, startedAt: now, softLimit: limits(job))
        occupied += 1
        return job
    }

    private mutating func mayPassSuspects(_ now: Duration) -> Bool {
        guard !suspects.isEmpty else { return true }
        let limit = othersUntil ?? now + patience
        othersUntil = limit
        return now < limit
    }

    /// Frees a slot; answers what was in it.
    mutating func end(_ slot: Int) -> OccupiedSlot? {
        guard let ended = slots[slot] else { return nil }
        slots[slot] = nil
        occupied -= 1
        isAlone = false
        return ended
    }

    /// Takes out all that has not started, with or without the suspects.
    mutating func recall(suspects withSuspects: Bool = true) -> [ClaimedJob] {
        var recalled = Array(waiting[head...])
        waiting.removeAll()
        head = 0
        guard withSuspects else { return recalled }
        recalled += suspects
        suspects.removeAll()
        othersUntil = nil
        return recalled
    }

    /// The free slots to wake for what waits; more may wake than can start.
    var wakeable: [Int] {
        guard waitingCount > 0, !isAlone else { return [] }
        return Array(slots.indices.lazy.filter { slots[$0] == nil }.prefix(waitingCount))
    }

    /// Takes one waiting job out, or says which slot runs it, with the reason noted there.
    mutating func stop(_ lease: Lease, because reason: StopReason) -> (waiting: ClaimedJob?, slot: Int?) {
        if let index = waiting[head...].firstIndex(where: { $0.lease == lease }) {
            return (waiting.remove(at: index), nil)
        }
        if let index = suspects.firstIndex(where: { $0.lease == lease }) {
            if index == 0 { othersUntil = nil }
            return (suspects.remove(at: index), nil)
        }
        guard let slot = slots.firstIndex(where: { $0?.job.lease == lease }) else { return (nil, nil) }
        guard slots[slot]?.stopReason == nil else { return (nil, nil) }
        slots[slot]?.stopReason = reason
        return (nil, slot)
    }

    /// The slots whose soft limit has passed.
    func overSoftLimit(now: Duration) -> [(slot: Int, lease: Lease, limit: Duration)] {
        slots.indices.compactMap { index in
            guard let slot = slots[index], slot.stopReason == nil, let limit = slot.softLimit,
                now - slot.startedAt >= limit
            else { return nil }
            return (index, slot.job.lease, limit)
        }
    }

    /// Dropping from the front one by one would move the rest each time; this moves it once in a while.
    private mutating func compact() {
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 4096 {
            waiting.removeFirst(head)
            head = 0
        }
    }
}
