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
/// Suspects run alone: while one runs nothing else starts, and it starts only when nothing else runs.
struct InProcessState: Sendable {
    private var waiting: [ClaimedJob] = []
    private var head = 0
    private var suspects: [ClaimedJob] = []
    private(set) var slots: [OccupiedSlot?]
    private(set) var occupied = 0
    private var isAlone = false

    init(slots count: Int) { slots = Array(repeating: nil, count: count) }

    var waitingCount: Int { waiting.count - head + suspects.count }
    /// One suspect at a time is asked for.
    var lonelySlots: Int { suspects.isEmpty && !isAlone ? 1 : 0 }

    mutating func accept(_ jobs: [ClaimedJob]) {
        for job in jobs {
            if job.isSuspect { suspects.append(job) } else { waiting.append(job) }
        }
    }

    /// The next job for a free slot, now occupied by it; `nil` when there is none that may start.
    mutating func start(in slot: Int, now: Duration, limits: (ClaimedJob) -> Duration?) -> ClaimedJob? {
        guard !isAlone else { return nil }
        let job: ClaimedJob
        if let suspect = suspects.first {
            guard occupied == 0 else { return nil }
            suspects.removeFirst()
            isAlone = true
            job = suspect
        } else {
            guard head < waiting.count else { return nil }
            job = waiting[head]
            head += 1
            compact()
        }
        slots[slot] = OccupiedSlot(job: job, startedAt: now, softLimit: limits(job))
        occupied += 1
        return job
    }

    mutating func end(_ slot: Int) {
        guard slots[slot] != nil else { return }
        slots[slot] = nil
        occupied -= 1
        isAlone = false
    }

    mutating func recall() -> [ClaimedJob] {
        defer {
            waiting.removeAll()
            head = 0
            suspects.removeAll()
        }
        return Array(waiting[head...]) + suspects
    }

    /// Takes one waiting job out, or says which slot runs it, with the reason noted there.
    mutating func stop(_ lease: Lease, because reason: StopReason) -> (waiting: ClaimedJob?, slot: Int?) {
        if let index = waiting[head...].firstIndex(where: { $0.lease == lease }) {
            return (waiting.remove(at: index), nil)
        }
        if let index = suspects.firstIndex(where: { $0.lease == lease }) { return (suspects.remove(at: index), nil) }
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
