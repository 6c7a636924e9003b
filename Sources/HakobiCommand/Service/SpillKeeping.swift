import Hakobi
import HakobiMaildir
import Logging
import Synchronization

/// What carries spilled jobs over beside a service; a reload may lead it to another spill.
final class SpillKeeping: Sendable {
    private struct Kept {
        var place: SpillPlace?
        var carrier: SpillCarrier?
    }

    private let store: any JobStore
    private let logger: Logger
    private let kept: Mutex<Kept>
    private let changes: AsyncStream<SpillCarrier?>
    private let change: AsyncStream<SpillCarrier?>.Continuation

    /// Throws one sentence when `place` cannot be a spill.
    init(_ place: SpillPlace?, to store: any JobStore, logger: Logger) throws(StoreError) {
        self.store = store
        self.logger = logger
        kept = Mutex(Kept(place: place, carrier: try Self.carrier(place, store, logger)))
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Makes ready for another spill, or for none, which the answer then goes over to. Throws as `init` does.
    func prepare(_ place: SpillPlace?) throws(StoreError) -> @Sendable () -> Void {
        guard kept.withLock({ $0.place }) != place else { return {} }
        let carrier = try Self.carrier(place, store, logger)
        return { [self] in
            kept.withLock { $0 = Kept(place: place, carrier: carrier) }
            logger.notice(
                "spilled jobs are carried from another place", metadata: ["spill": "\(place?.path ?? "none")"])
            change.yield(carrier)
        }
    }

    /// Carries what is there now.
    func once() async { await kept.withLock { $0.carrier }?.carryOnce() }

    /// Carries until the task is cancelled.
    func run() async {
        var carrier = kept.withLock { $0.carrier }
        var changes = changes.makeAsyncIterator()
        while !Task.isCancelled {
            carrier = await withTaskGroup(of: Void.self) { group in
                if let carrier { group.addTask { await carrier.run() } }
                let next = await changes.next()
                group.cancelAll()
                return next ?? nil
            }
        }
    }

    private static func carrier(
        _ place: SpillPlace?, _ store: any JobStore, _ logger: Logger
    ) throws(StoreError) -> SpillCarrier? {
        guard let place else { return nil }
        return try SpillCarrier(path: place.path, to: store, logger: logger)
    }
}
