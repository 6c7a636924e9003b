internal import Glibc
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
    /// - Throws: `StoreError`: `full` when the limit is reached or the disk is full. Nothing was kept when its effect is `notDone`;
    ///   when it is `unknown`, a carrier may have brought jobs to the store already: kept or inserted again under their ids,
    ///   each is there once.
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
        guard try used() + bytes <= limit else { throw full }
        do throws(UnkeptJobs) {
            let names = try folder.put(jobs)
            size.withLock { $0.add(bytes) }
            return names
        } catch {
            throw error.trouble.error(of: "spill", effect: error.effect)
        }
    }

    private func used() throws(StoreError) -> Int64 {
        do throws(FileTrouble) {
            return try size.withLock { size throws(FileTrouble) in
                try size.current(at: .now) { () throws(FileTrouble) in try folder.size() }
            }
        } catch {
            throw error.error(of: "spill", effect: .notDone)
        }
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
    /// What is in the spill at `path`; `nil` when there is none. Makes nothing.
    package static func counts(at path: String) throws(StoreError) -> SpillCounts? {
        guard isThere(path) else { return nil }
        do throws(FileTrouble) { return try SpillFolder(at: path).counts() } catch { throw error.error(of: "spill") }
    }

    /// Why a service of this user could not carry from the spill at `path`, or not all of it: one sentence.
    package static func obstacle(at path: String) throws(StoreError) -> String? {
        guard isThere(path) else { return nil }
        let folder = SpillFolder(at: path)
        if let obstacle = folder.obstacle() { return obstacle.description }
        do throws(FileTrouble) {
            return try folder.closed().map { count, example in
                "\(count) files such as \(path)/new/\(example) may not be read by this user: \(folder.ownership)"
            }
        } catch { throw error.error(of: "spill") }
    }

    /// Something that may not be looked at is there.
    private static func isThere(_ path: String) -> Bool { Files.exists(path + "/new") || errno == EACCES }
}
