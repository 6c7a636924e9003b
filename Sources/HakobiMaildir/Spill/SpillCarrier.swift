internal import CoreMetrics
public import HakobiCore
internal import HakobiDatabase
public import Logging
internal import Synchronization

/// Carries jobs from a spill to the store once that answers, under their own ids, so that none is there twice.
///
/// A file is locked while its job is on the way and removed when the store has the job; who dies in between leaves it to the next,
/// to whom the store says that the job exists. What the store refuses goes to the spill's `failed`, the reason beside it.
/// What this user may not read or remove stays where it is, is told once, and holds up nothing else.
///
/// Counts what waits in the gauges `hakobi_spill_waiting`, `hakobi_spill_failed` and `hakobi_spill_oldest_seconds`.
public final class SpillCarrier: Sendable {
    let folder: SpillFolder
    private let store: any JobStore
    let logger: Logger
    private let interval: Duration
    private let meter: SpillMeter
    let disk = DiskQueue("hakobi.carrier")
    let left = Mutex(LeftFiles())

    /// Carries from the spill at `path`, whose folders are made when they are missing; an empty one is looked into once a second.
    /// - Throws: one sentence when that place cannot be a spill.
    public convenience init(path: String, to store: any JobStore, logger: Logger) throws(StoreError) {
        try self.init(path: path, to: store, logger: logger, interval: .seconds(1))
    }

    init(
        path: String, to store: any JobStore, logger: Logger, interval: Duration,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(StoreError) {
        folder = try SpillFolder(path)
        self.store = store
        self.logger = logger
        self.interval = interval
        meter = SpillMeter(metrics)
    }

    /// Carries whatever comes, until the task is cancelled.
    public func run() async {
        var state = CarryState()
        while !Task.isCancelled {
            await pass(&state)
            do { try await Task.sleep(for: state.isFlowing ? interval : state.wait) } catch { return }
        }
    }

    /// Carries what is there now, as far as the store takes it.
    public func carryOnce() async {
        var state = CarryState()
        await pass(&state)
    }

    private func pass(_ state: inout CarryState) async {
        var carried = 0
        do throws(StoreError) {
            let found = try await look()
            left.withLock { $0.begin(found) }
            var names = found[...]
            var hasAsked = false
            while !names.isEmpty, !Task.isCancelled {
                guard let count = try await carry(&names, &state) else { continue }
                hasAsked = true
                carried += count
                guard state.isFlowing else { break }
            }
            if !hasAsked { state.rested() }
            if names.isEmpty, let news = left.withLock({ $0.end() }) { tell(news.count, news.example) }
            meter.record(try await onDisk { folder throws(FileTrouble) in try folder.counts() })
            if carried > 0 {
                logger.info("spilled jobs carried", metadata: ["count": "\(carried)", "left": "\(names.count)"])
            }
        } catch {
            state.halted()
            if left.withLock({ $0.bar() }) {
                logger.warning(
                    "nothing can be carried from the spill",
                    metadata: ["spill": "\(folder.path)", "error": "\(error)"])
            }
        }
    }

    private func tell(_ count: Int, _ example: LeftFiles.File) {
        let advice = example.isForbidden ? ": \(folder.ownership)" : ""
        logger.error(
            "files in the spill are left where they are\(advice)",
            metadata: [
                "count": "\(count)", "file": "\(folder.path)/new/\(example.name)", "because": "\(example.reason)",
            ])
    }

    /// One batch, and how many of it are in the store now; `nil` when there was nothing to ask the store for.
    private func carry(_ names: inout ArraySlice<String>, _ state: inout CarryState) async throws(StoreError) -> Int? {
        let wasFlowing = state.isFlowing
        let (parcels, rest) = try await take(names, upTo: state.batch)
        names = rest
        guard !parcels.isEmpty else { return nil }
        let now = StoreClock.host.wall()
        let verdicts: [CarryState.Verdict]
        do throws(StoreError) {
            verdicts = state.answered(try await store.insert(parcels.map { $0.job.due(at: now) }))
        } catch {
            verdicts = state.failed(error, count: parcels.count)
            if wasFlowing, !state.isFlowing, !Task.isCancelled {
                logger.warning(
                    "spilled jobs wait for the store",
                    metadata: ["count": "\(parcels.count + names.count)", "error": "\(error)"])
            }
        }
        try await settle(Array(zip(parcels, verdicts)))
        return verdicts.count { $0 == .carried }
    }
}
