/// One worker process at a moment, for `ps`.
package struct ProcessSnapshot: Sendable, Hashable {
    /// Where a process stands in its life.
    package enum Phase: String, Sendable, Hashable {
        /// Spawned, no hello yet.
        case starting
        /// Takes work.
        case ready
        /// Finishes what it has, then leaves.
        case retiring
    }

    /// Its name at the supervisor.
    package var serial: Int
    /// Its number at the kernel.
    package var pid: Int32
    /// Which spawn it belongs to.
    package var generation: Int
    /// An extra one for suspects.
    package var isLonely: Bool
    /// Where it stands.
    package var phase: Phase
    /// Jobs it has done.
    package var jobsServed: Int
    /// Resident bytes now, with those of its programs.
    package var residentBytes: Int64
    /// When it was spawned, by the wall clock, in microseconds since 1970.
    package var startedAt: Int64
}
