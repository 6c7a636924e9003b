import Hakobi
import HakobiCore

/// Who gets which job, and when.
extension PipeState {
    mutating func accept(_ jobs: [ClaimedJob]) {
        for job in jobs {
            if isClosing {
                settle(job, .returned)
            } else if mustRunAlone(job) {
                suspects.append(Parcel(job: job))
            } else {
                waiting.append(Parcel(job: job))
            }
        }
    }

    /// Suspects, and what has ended a process before: beside others its next death would make suspects of them all, and
    /// cost a third process to tell it from them. With one job a process, everyone is alone.
    func mustRunAlone(_ job: ClaimedJob) -> Bool { job.isSuspect || (job.crashes > 0 && settings.concurrency > 1) }

    /// Jobs a child may have beyond its slots.
    var readAhead: Int {
        guard let jobTime else { return 0 }
        let jobs = settings.readAheadTime.wholeNanoseconds / max(1_000, jobTime.wholeNanoseconds)
        return min(settings.readAheadJobs, Int(jobs))
    }

    mutating func feed() {
        guard !isClosing else { return }
        feedLonely()
        guard !waiting.isEmpty else { return }
        var line = waiting
        waiting = WaitingLine()
        var desk = FeedingDesk(
            children, ahead: readAhead, most: lendsLocks ? settings.readAheadLocks : .max,
            bytes: settings.readAheadBytes)
        line.offer { parcel in
            guard !desk.isClosed else { return nil }
            guard let serial = desk.place(parcel) else { return false }
            give(parcel, to: serial, batch: &desk.batches[serial, default: []])
            return true
        }
        waiting = line
        for (serial, batch) in desk.batches { emit(.jobs(serial, batch)) }
    }

    /// A suspect goes to a process of its own that has run nothing before it.
    private mutating func feedLonely() {
        guard !suspects.isEmpty else { return }
        for (serial, child) in children
        where child.process.isLonely && child.phase == .ready && child.given.isEmpty && child.givenEver == 0 {
            guard let index = suspects.firstIndex(where: { child.offers[$0.job.kind] != nil }) else { continue }
            var batch: [Assignment] = []
            give(suspects.remove(at: index), to: serial, batch: &batch)
            emit(.jobs(serial, batch))
        }
    }

    private mutating func give(_ parcel: Parcel, to serial: Int, batch: inout [Assignment]) {
        let ticket = ticket()
        let place = children[serial]?.offers[parcel.job.kind]?.place ?? 0
        children[serial]?.take(parcel, ticket, now: now)
        batch.append(Assignment(ticket: ticket, kind: place, job: parcel.job))
    }

    // MARK: Taking back

    /// Gives back all that has not started anywhere.
    mutating func recall() {
        for parcel in waiting.remove(where: { _ in true }) + suspects { settle(parcel.job, .returned) }
        suspects.removeAll()
        for serial in children.keys { recall(serial, givesBack: true) }
    }

    /// Asks a child for what it has not started; the answer decides, for only the child knows.
    mutating func recall(_ serial: Int, givesBack: Bool) {
        guard let child = children[serial], child.phase != .starting, child.unstarted > 0 else { return }
        if givesBack { children[serial]?.givesBack = true }
        guard child.recalledAt == nil else { return }
        children[serial]?.recalledAt = now
        emit(.recall(serial))
    }

    mutating func returned(_ tickets: [Ticket], from serial: Int) {
        guard let child = children[serial] else { return }
        children[serial]?.recalledAt = nil
        children[serial]?.givesBack = false
        children[serial]?.lastWord = now
        let back = tickets.compactMap { children[serial]?.drop($0) }
        children[serial]?.givenEver -= back.count
        replace(back.map(\.parcel), leaving: child.givesBack || isDraining)
    }

    /// What never started: to the front of the line, or out of this runner without a trace.
    mutating func replace(_ parcels: [Parcel], leaving: Bool) {
        if leaving || isClosing {
            for parcel in parcels { settle(parcel.job, .returned) }
        } else {
            suspects.insert(contentsOf: parcels.filter { mustRunAlone($0.job) }, at: 0)
            waiting.putBack(parcels.filter { !mustRunAlone($0.job) })
        }
    }

    /// Somebody became ready, retired or died.
    mutating func rosterChanged() {
        let ready = children.values.filter { $0.phase == .ready && !$0.process.isLonely }
        kinds = Set(ready.flatMap(\.offers.keys)).sorted { $0.description < $1.description }
        slots = ready.reduce(0) { $0 + $1.concurrency }
        dropUnknownKinds()
    }

    /// Jobs of kinds that no process has any more go back to the store, where others may have a handler for them.
    private mutating func dropUnknownKinds() {
        let ordinary = children.values.filter { !$0.process.isLonely }
        // Whoever is starting may know them.
        guard ordinary.contains(where: { $0.phase == .ready }), !ordinary.contains(where: { $0.phase == .starting })
        else { return }
        let kinds = Set(kinds)
        for parcel in waiting.remove(where: { !kinds.contains($0.job.kind) }) { settle(parcel.job, .returned) }
        for parcel in suspects where !kinds.contains(parcel.job.kind) { settle(parcel.job, .returned) }
        suspects.removeAll { !kinds.contains($0.job.kind) }
    }

    /// One waiting or running job is to stop. What the child answers is the job's end, if it is the first word on it.
    mutating func stop(_ lease: Lease, because reason: StopReason) {
        if let parcel = takeWaiting(lease) {
            settle(parcel.job, reason == .cancelRequested ? .cancelled(reason: "cancel requested") : .returned)
            return
        }
        for (serial, child) in children {
            guard let (ticket, given) = child.given.first(where: { $0.value.job.lease == lease }) else { continue }
            guard given.stop == nil else { return }
            children[serial]?.given[ticket]?.stop = reason
            emit(.cancel(serial, ticket, reason))
            return
        }
    }

    private mutating func takeWaiting(_ lease: Lease) -> Parcel? {
        if let index = suspects.firstIndex(where: { $0.job.lease == lease }) { return suspects.remove(at: index) }
        return waiting.remove { $0.job.lease == lease }.first
    }
}

extension ChildState {
    mutating func take(_ parcel: Parcel, _ ticket: Ticket, now: Duration) {
        if given.isEmpty {
            lastWord = now
            lastLook = now
        }
        given[ticket] = GivenJob(parcel: parcel)
        givenBytes += parcel.bytes
        givenEver += 1
    }

    mutating func drop(_ ticket: Ticket) -> GivenJob? {
        guard let job = given.removeValue(forKey: ticket) else { return nil }
        givenBytes -= job.parcel.bytes
        return job
    }
}
