import Hakobi
import HakobiCore

/// What time alone brings about: hard limits, jobs stuck behind slow ones, children that do not answer.
extension PipeState {
    /// When to call `tick` next; `nil` when nothing depends on time. Idle children need no clock.
    var nextTick: Duration? {
        children.values.compactMap { child -> Duration? in
            guard !child.isDoomed, !child.given.isEmpty else { return nil }
            var next = child.given.values.compactMap { given in
                given.startedAt.map { $0 + hardLimit(of: given.job, in: child) }
            }.min()
            func sooner(_ moment: Duration) { next = min(next ?? moment, moment) }
            if let recalledAt = child.recalledAt {
                sooner(recalledAt + settings.answerLimit)
            } else if child.unstarted > 0 {
                sooner(child.lastWord + settings.slowAfter)
            }
            // Whoever is busy with small jobs may have one that hangs: its page is looked at all the same.
            if child.unstarted > 0 { sooner(child.lastLook + .seconds(1)) }
            return next
        }.min()
    }

    mutating func tick(page: (Int) -> [RunningPage.Entry]) {
        for serial in children.keys.sorted() where children[serial]?.given.isEmpty == false {
            look(serial, page: page(serial))
            enforceHardLimits(serial)
            relieve(serial)
        }
    }

    /// Notes which of its jobs a child has started, by its page.
    mutating func look(_ serial: Int, page: [RunningPage.Entry]) {
        guard let child = children[serial] else { return }
        children[serial]?.lastLook = now
        for (ticket, given) in child.given where given.startedAt == nil {
            guard let entry = page.first(where: given.isShown) else { continue }
            children[serial]?.given[ticket]?.startedAt = min(now, entry.startedAt)
        }
    }

    func hardLimit(of job: ClaimedJob, in child: ChildState) -> Duration {
        job.limits.hard ?? child.offers[job.kind]?.limits.hard ?? settings.hardLimit
    }

    private mutating func enforceHardLimits(_ serial: Int) {
        guard let child = children[serial], !child.isDoomed else { return }
        for (ticket, given) in child.given {
            let limit = hardLimit(of: given.job, in: child)
            guard let startedAt = given.startedAt, now - startedAt >= limit else { continue }
            children[serial]?.condemned[ticket] = limit
            emit(.log(.overdue(pid: child.process.pid, job: given.job.lease.job, kind: given.job.kind, limit: limit)))
        }
        guard children[serial]?.condemned.isEmpty == false else { return }
        kill(serial, aborting: settings.abortsAtHardLimit, because: "a job passed its hard time limit")
    }

    /// Jobs that wait in a child although nothing has ended there for a while go to others.
    private mutating func relieve(_ serial: Int) {
        guard let child = children[serial], !child.isDoomed, child.unstarted > 0 else { return }
        if let recalledAt = child.recalledAt {
            guard now - recalledAt >= settings.answerLimit else { return }
            emit(.log(.mute(pid: child.process.pid)))
            return kill(serial, because: "it did not answer for \(settings.answerLimit)")
        }
        guard child.phase != .starting, now - child.lastWord >= settings.slowAfter else { return }
        jobTime = max(jobTime ?? .zero, settings.slowAfter)
        recall(serial, givesBack: false)
    }
}
