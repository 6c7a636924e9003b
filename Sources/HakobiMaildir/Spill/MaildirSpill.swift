public import HakobiCore
internal import HakobiDatabase
internal import Synchronization

/// A folder in which jobs wait while the store is away: each a file, written, flushed and named as mails are.
///
/// Any number of processes may keep jobs in one, and any number of services on the same host may carry them over with a
/// ``SpillCarrier``. To be handed to a client as its spill.
public final class MaildirSpill: JobSpill {
    /// Unless told otherwise, so much may wait: 1 GiB.
    public static let defaultLimit: Int64 = 1 << 30

    private struct Entry: Sendable {
        let jobs: [SpilledJob]
        let reply: CheckedContinuation<Result<Void, StoreError>, Never>
    }

    private let folder: SpillFolder
    private let limit: Int64
    private let disk = DiskQueue("hakobi.spill")
    private let gathered = Mutex<[Entry]>([])
    private let size = Mutex<SpillSize>(SpillSize())

    /// The spill at `path`, whose folders are made when they are missing; it takes `limit` bytes, about: what other processes
    /// have added is seen each few seconds.
    /// - Throws: one sentence when that place cannot be one.
    public init(path: String, limit: Int64 = defaultLimit) throws(StoreError) {
        folder = try SpillFolder(path)
        self.limit = limit
    }

    /// Keeps jobs until they are carried. Once it returns, all are durable. Those of callers who come together are flushed together.
    /// - Throws: `StoreError`: `full` when the limit is reached or the disk is full; nothing was kept when its effect is `notDone`.
    public func keep(_ jobs: [NewJob], because away: StoreError) async throws(StoreError) {
        let now = StoreClock.host.wall()
        let spilled = jobs.map { SpilledJob(job: $0, kept: now) }
        let result: Result<Void, StoreError> = await withCheckedContinuation { reply in
            gathered.withLock { $0.append(Entry(jobs: spilled, reply: reply)) }
            disk.start { self.writeGathered() }
        }
        try result.get()
    }

    private func writeGathered() {
        let entries = gathered.withLock { entries in
            defer { entries = [] }
            return entries
        }
        guard !entries.isEmpty else { return }
        var written: [(entry: Entry, names: [String])] = []
        for entry in entries {
            do throws(StoreError) { written.append((entry, try write(entry.jobs))) } catch {
                entry.reply.resume(returning: .failure(error))
            }
        }
        do throws(FileTrouble) {
            try folder.flush()
            for item in written { item.entry.reply.resume(returning: .success(())) }
        } catch {
            for item in written {
                folder.remove(item.names)
                item.entry.reply.resume(returning: .failure(error.error(of: "spill")))
            }
        }
    }

    private func write(_ jobs: [SpilledJob]) throws(StoreError) -> [String] {
        let bytes = jobs.reduce(0) { $0 + Int64($1.job.payload.bytes.count) }
        do throws(FileTrouble) {
            let used = try size.withLock { size throws(FileTrouble) in
                try size.current(at: .now) { () throws(FileTrouble) in try folder.size() }
            }
            if used + bytes <= limit {
                let names = try folder.put(jobs)
                size.withLock { $0.add(bytes) }
                return names
            }
        } catch {
            throw error.error(of: "spill")
        }
        throw full
    }

    private var full: StoreError {
        StoreError(
            .full, operation: "spill",
            "spill: in \(folder.path) wait more bytes of jobs than the \(limit) it may hold: they go as soon as the store is back "
                + "and a service with this spill runs", isTransient: true)
    }
}

/// How much waits, without a look at each file for each job.
struct SpillSize {
    private static let patience = Duration.seconds(5)

    private var counted: (bytes: Int64, at: ContinuousClock.Instant)?

    mutating func current<Failure: Error>(
        at now: ContinuousClock.Instant, count: () throws(Failure) -> Int64
    ) throws(Failure) -> Int64 {
        if let counted, now < counted.at + Self.patience { return counted.bytes }
        let bytes = try count()
        counted = (bytes, now)
        return bytes
    }

    mutating func add(_ bytes: Int64) { counted?.bytes += bytes }
}

extension MaildirSpill {
    /// What is in the spill at `path`; `nil` when there is none.
    package static func counts(at path: String) throws(StoreError) -> SpillCounts? {
        guard Files.exists(path) else { return nil }
        let folder = try SpillFolder(path)
        do throws(FileTrouble) { return try folder.counts() } catch { throw error.error(of: "spill") }
    }
}
