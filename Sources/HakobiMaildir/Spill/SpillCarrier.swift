public import HakobiCore
internal import HakobiDatabase
public import Logging

/// Carries jobs from a spill to the store once that answers, under their own ids, so that none is there twice.
///
/// A file is locked while its job is on the way and removed when the store has the job; who dies in between leaves it to the next,
/// to whom the store says that the job exists. What the store refuses goes to the spill's `failed`, the reason beside it.
public final class SpillCarrier: Sendable {
    /// Payloads brought at once, so that memory stays bounded.
    private static let largestBytes = 4 << 20

    private let folder: SpillFolder
    private let store: any JobStore
    private let logger: Logger
    private let interval: Duration
    private let disk = DiskQueue("hakobi.carrier")

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

    init(path: String, to store: any JobStore, logger: Logger, interval: Duration) throws(StoreError) {
        folder = try SpillFolder(path)
        self.store = store
        self.logger = logger
        self.interval = interval
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
        let wasFlowing = state.isFlowing
        var carried = 0
        do throws(StoreError) {
            var names = try await look()[...]
            while !names.isEmpty, !Task.isCancelled {
                let count = try await carry(&names, &state)
                carried += count
                guard state.isFlowing else { break }
            }
            if carried > 0 {
                logger.info("spilled jobs carried", metadata: ["count": "\(carried)", "left": "\(names.count)"])
            }
        } catch {
            state.halted()
            if wasFlowing {
                logger.warning("the spill cannot be read", metadata: ["spill": "\(folder.path)", "error": "\(error)"])
            }
        }
    }

    /// One batch, and how many of it are in the store now.
    private func carry(_ names: inout ArraySlice<String>, _ state: inout CarryState) async throws(StoreError) -> Int {
        let wasFlowing = state.isFlowing
        let (parcels, rest) = try await take(names, upTo: state.batch)
        names = rest
        guard !parcels.isEmpty else { return 0 }
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
        try await onDisk { folder throws(FileTrouble) in try folder.waiting() }
    }

    /// Locks and reads the next ones; what is no job goes, what somebody else has in hand is passed over.
    private func take(
        _ names: ArraySlice<String>, upTo count: Int
    ) async throws(StoreError) -> ([Parcel], rest: ArraySlice<String>) {
        try await onDisk { [self] folder throws(FileTrouble) in
            var parcels: [Parcel] = []
            var rest = names
            var bytes = 0
            while parcels.count < count, bytes < Self.largestBytes, let name = rest.popFirst() {
                guard let parcel = try pickUp(name, in: folder) else { continue }
                parcels.append(parcel)
                bytes += parcel.job.job.payload.bytes.count
            }
            return (parcels, rest)
        }
    }

    /// A file that does not read, or is no job, goes to `failed`: it must not hold up those behind it.
    private func pickUp(_ name: String, in folder: SpillFolder) throws(FileTrouble) -> Parcel? {
        let reason: String
        do throws(FileTrouble) {
            guard let lock = try folder.take(name) else { return nil }
            let file = HeldFile(lock)
            let bytes = try folder.read(lock, name)
            do throws(UnreadableSpill) { return Parcel(name, try SpilledJob(bytes), file) } catch {
                reason = error.description
            }
        } catch {
            if error.isOfAll { throw error }
            reason = error.error(of: "carry").description
        }
        logger.error("a file in the spill is no job", metadata: ["file": "\(name)", "because": "\(reason)"])
        try folder.fail(name, because: reason)
        return nil
    }

    private func settle(_ ends: [(Parcel, CarryState.Verdict)]) async throws(StoreError) {
        try await onDisk { [logger] folder throws(FileTrouble) in
            for (parcel, verdict) in ends {
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
        }
    }

    private func onDisk<Value: Sendable>(
        _ body: @escaping @Sendable (SpillFolder) throws(FileTrouble) -> Value
    ) async throws(StoreError) -> Value {
        try await disk.run { [folder] () throws(StoreError) in
            do throws(FileTrouble) { return try body(folder) } catch { throw error.error(of: "carry") }
        }
    }
}
