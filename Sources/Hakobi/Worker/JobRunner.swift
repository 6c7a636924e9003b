import HakobiCore

/// What a runner can take now.
package struct RunnerCapacity: Sendable, Hashable {
    /// What live handlers announced; empty until the first process is ready.
    package var kinds: [Kind]
    /// Jobs that can run at once.
    package var slots: Int
    /// Suspects that can be given a process to themselves.
    package var lonelySlots: Int

    package init(kinds: [Kind], slots: Int, lonelySlots: Int) {
        self.kinds = kinds
        self.slots = slots
        self.lonelySlots = lonelySlots
    }
}

/// Where claimed jobs run: in this process, or in preforked ones over pipes. The only thing that differs between modes.
///
/// A runner accepts more jobs than it has slots and keeps the rest in order of arrival; every accepted job ends in exactly
/// one settlement (a job that never started: `.returned`), whatever happens to the process that ran it. No method waits.
package protocol JobRunner: Sendable {
    /// What it can take now. `RunnerEvents.capacityChanged` tells when to look again.
    var capacity: RunnerCapacity { get }
    /// Accepted and not started. The worker's prefetch is what it puts here beyond the slots.
    var waiting: Int { get }
    /// Takes over claimed jobs. A suspect among them gets a process to itself.
    func accept(_ jobs: [ClaimedJob])
    /// What is running, for lease keeping, limits and `ps`.
    func running() -> [RunningJob]
    /// Ends a job's run: cancels its task; its settlement still comes. No effect on one that has ended.
    func stop(_ lease: Lease, because reason: StopReason)
    /// Gives back every job that has not started, as `.returned` settlements.
    func recall()
    /// Gives back what waits behind slow jobs; a suspect that waits to be alone keeps its place.
    func recallPrefetched()
    /// Says that the service drains: running handlers see `isDraining`; what does not end is the owner's to stop.
    func drain()
    /// Processes for `ps`, the supervisor first. Their memory is left 0: it is measured when it is told.
    func processes() -> [ProcessReport]
    /// Runs until cancelled, reporting to `events`. Called once.
    func run(_ events: any RunnerEvents) async throws
}

extension JobRunner {
    /// Where suspects have processes of their own, nothing needs a place kept.
    package func recallPrefetched() { recall() }
}

/// A job in a slot.
package struct RunningJob: Sendable, Hashable {
    package var lease: Lease
    package var kind: Kind
    /// How long it has run.
    package var since: Duration

    package init(lease: Lease, kind: Kind, since: Duration) {
        self.lease = lease
        self.kind = kind
        self.since = since
    }
}

/// What a runner tells its worker. No method waits.
package protocol RunnerEvents: Sendable {
    /// Attempts that ended, to be settled.
    func finished(_ settlements: [Settlement])
    /// News of a running job, to be kept with its next renewal.
    func reported(_ lease: Lease, progress: Progress?, checkpoint: [UInt8]?)
    /// Kinds, slots or lonely slots changed.
    func capacityChanged()
}
