import HakobiCore
import Synchronization

/// The way around a store that is away: into the spill, and back to the store once that answers.
final class Spillway: Sendable {
    private let spill: any JobSpill
    private let clock: EngineClock
    private let gate = Mutex(SpillGate())

    init(_ spill: any JobSpill, clock: EngineClock) {
        self.spill = spill
        self.clock = clock
    }

    /// Inserts jobs, or keeps them when that fails in a way that passes. A job that may or may not be in the store is kept
    /// too: carried there again under its id, it is found to exist.
    func insert(
        _ jobs: [NewJob], by store: ([NewJob]) async throws(StoreError) -> [Insertion]
    ) async throws(StoreError) -> [Insertion] {
        if let away = gate.withLock({ $0.reasonToStay(at: clock.now()) }) {
            return try await keep(jobs, because: away, tried: .notDone)
        }
        do throws(StoreError) {
            let answers = try await store(jobs)
            gate.withLock { $0.answered() }
            return answers
        } catch {
            guard error.isTransient, error.reason != .cancelled else { throw error }
            // A store that is busy or full may be so for these jobs only.
            if error.reason == .unreachable { gate.withLock { $0.failed(error, at: clock.now()) } }
            return try await keep(jobs, because: error, tried: error.effect)
        }
    }

    private func keep(
        _ jobs: [NewJob], because away: StoreError, tried: StoreError.Effect
    ) async throws(StoreError) -> [Insertion] {
        do throws(StoreError) { try await spill.keep(jobs, because: away) } catch {
            let effect: StoreError.Effect = error.effect == .notDone ? tried : .unknown
            let advice =
                effect == .unknown
                ? "; they may be there all the same: inserted again under their ids, each is there once" : ""
            throw StoreError(
                error.reason, operation: "insert", "\(away), and \(error)\(advice)", isTransient: true, effect: effect)
        }
        return jobs.map { _ in .spilled }
    }
}

/// Whether the store is worth asking. Each try on one that is away may take seconds, so only one caller makes it, now and
/// then; the others' jobs go straight to the spill.
struct SpillGate {
    private static let shortest = Duration.milliseconds(250)
    /// Little beside what the carrier takes to bring everything over.
    private static let longest = Duration.seconds(2)

    private var away: (error: StoreError, until: Duration)?
    private var pause = shortest

    /// Why not to ask now; `nil` lets this caller ask, and the next ones wait for what it finds.
    mutating func reasonToStay(at now: Duration) -> StoreError? {
        guard let away else { return nil }
        guard now >= away.until else { return away.error }
        self.away?.until = now + pause
        return nil
    }

    mutating func answered() { self = SpillGate() }

    mutating func failed(_ error: StoreError, at now: Duration) {
        if away != nil { pause = min(pause * 2, Self.longest) }
        away = (error, now + pause)
    }
}
