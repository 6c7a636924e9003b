internal import CoreMetrics
internal import Glibc
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
    /// Payloads brought at once, so that memory stays bounded.
    private static let largestBytes = 4 << 20

    private let folder: SpillFolder
    private let store: any JobStore
    private let logger: Logger
    private let interval: Duration
    private let meter: SpillMeter
    private let disk = DiskQueue("hakobi.carrier")
    private let left = Mutex(LeftFiles())

    /// A job in hand, for as long as somebody has its parcel.
    private struct Parcel: Sendable {
        let name: String
        let job: SpilledJob
        private let file: HeldFile

        init(_ name: String, _ job: SpilledJob, _ file: HeldFile) {
            self.name = name
            self.job = job
            self.file = file
        }
    }

    private final class HeldFile: Sendable {
        private let lock: MailLock
        init(_ lock: MailLock) { self.lock = lock }
        deinit { lock.release() }
    }

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

    // MARK: On the disk's thread

    private func look() async throws(StoreError) -> [String] {
        try await disk.run { [folder] () throws(StoreError) in
            // What could not be removed would be brought again and again.
            if let obstacle = folder.obstacle() { throw obstacle }
            do throws(FileTrouble) { return try folder.waiting() } catch { throw error.error(of: "carry") }
        }
    }

    /// Locks and reads the next ones; what is no job goes, what somebody else has in hand is passed over. Trouble that all
    /// would meet, as when no more files can be opened, waits until those in hand are done with.
    private func take(
        _ names: ArraySlice<String>, upTo count: Int
    ) async throws(StoreError) -> ([Parcel], rest: ArraySlice<String>) {
        let answered = Set(left.withLock { left in names.filter(left.isAnswered) })
        return try await onDisk { [self] folder throws(FileTrouble) in
            var parcels: [Parcel] = []
            var rest = names
            var bytes = 0
            while parcels.count < count, bytes < Self.largestBytes, let name = rest.first {
                do throws(FileTrouble) {
                    if let parcel = try pickUp(name, isAnswered: answered.contains(name), in: folder) {
                        parcels.append(parcel)
                        bytes += parcel.job.job.payload.bytes.count
                    }
                } catch {
                    // One less, so that what is refused can be put aside.
                    guard parcels.count > 1, let last = parcels.popLast(),
                        let place = names.firstIndex(of: last.name)
                    else { throw error }
                    return (parcels, names[place...])
                }
                rest.removeFirst()
            }
            return (parcels, rest)
        }
    }

    /// What cannot be read stays: somebody can help that, and it must not hold up those behind it. A file that is no job goes
    /// to `failed`.
    private func pickUp(
        _ name: String, isAnswered: Bool, in folder: SpillFolder
    ) throws(FileTrouble) -> Parcel? {
        guard !isAnswered else {
            leave(name, "its job is in the store, and it could not be removed", isForbidden: true, isAnswered: true)
            return nil
        }
        do throws(FileTrouble) {
            switch try folder.take(name) {
            case .busy, .gone: return nil
            case .noMail:
                leave(name, "it is no file")
                return nil
            case .taken(let lock):
                // Ours until it lies in `failed`, too.
                let file = HeldFile(lock)
                let bytes = try folder.read(lock, name)
                do throws(UnreadableSpill) { return Parcel(name, try SpilledJob(bytes), file) } catch {
                    logger.error(
                        "a file in the spill is no job", metadata: ["file": "\(name)", "because": "\(error)"])
                    try withExtendedLifetime(file) { () throws(FileTrouble) in
                        try folder.fail(name, because: error.description)
                    }
                    return nil
                }
            }
        } catch {
            try leave(name, error)
            return nil
        }
    }

    private func settle(_ ends: [(Parcel, CarryState.Verdict)]) async throws(StoreError) {
        try await onDisk { [self] folder throws(FileTrouble) in
            for (parcel, verdict) in ends {
                do throws(FileTrouble) { try settle(parcel, verdict, in: folder) } catch {
                    try leave(parcel.name, error, isAnswered: true)
                }
            }
        }
    }

    private func settle(
        _ parcel: Parcel, _ verdict: CarryState.Verdict, in folder: SpillFolder
    ) throws(FileTrouble) {
        switch verdict {
        case .carried: try folder.done(parcel.name)
        case .stays: break
        case .failed(let reason):
            logger.error(
                "a spilled job was refused",
                metadata: [
                    "job": "\(parcel.job.job.id)", "kind": "\(parcel.job.job.kind)", "because": "\(reason)",
                ])
            try folder.fail(parcel.name, because: reason)
        }
    }

    /// Throws what the next file would meet as well; a damaged place on the disk is one file's.
    private func leave(_ name: String, _ trouble: FileTrouble, isAnswered: Bool = false) throws(FileTrouble) {
        if trouble.isOfAll, trouble.number != EIO { throw trouble }
        leave(
            name, trouble.error(of: "carry").description, isForbidden: [EACCES, EPERM].contains(trouble.number),
            isAnswered: isAnswered)
    }

    private func leave(_ name: String, _ reason: String, isForbidden: Bool = false, isAnswered: Bool = false) {
        let file = LeftFiles.File(name: name, reason: reason, isForbidden: isForbidden, isAnswered: isAnswered)
        left.withLock { $0.add([file]) }
    }

    private func onDisk<Value: Sendable>(
        _ body: @escaping @Sendable (SpillFolder) throws(FileTrouble) -> Value
    ) async throws(StoreError) -> Value {
        try await disk.run { [folder] () throws(StoreError) in
            do throws(FileTrouble) { return try body(folder) } catch { throw error.error(of: "carry") }
        }
    }
}
