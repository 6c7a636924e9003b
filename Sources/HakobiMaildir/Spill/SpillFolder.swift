internal import Glibc
internal import HakobiCore
internal import HakobiDatabase

/// The files of a spill: a Maildir's folders, whose files are jobs. `new` holds those that wait, `failed` those that the store
/// has refused, each with its reason beside it. Blocks while the disk works.
struct SpillFolder: Sendable {
    private let folder: MailboxFolder
    private let delivery: MaildirDelivery

    init(_ path: String) throws(StoreError) {
        folder = MailboxFolder(path)
        delivery = try MaildirDelivery(path: path)
        do throws(FileTrouble) {
            try Files.makeDirectory(folder.failed)
            // What is flushed in a folder is lost with a folder that is not.
            for path in [folder.root, folder.root + "/.."] { try Files.flush(directory: path) }
        } catch {
            throw error.error(of: "open")
        }
    }

    /// The spill that is at `path`; makes nothing.
    init(at path: String) {
        folder = MailboxFolder(path)
        delivery = MaildirDelivery(folder, host: "")
    }

    var path: String { folder.root }

    /// What helps when files are another user's.
    var ownership: String { "enqueue and serve as one user, and `chown -R \(geteuid()) \(path)` once" }

    /// Why nothing can be carried from here by this user.
    func obstacle() -> StoreError? {
        for path in [folder.new, folder.tmp, folder.failed] where access(path, R_OK | W_OK | X_OK) != 0 {
            let reason = String(cString: strerror(errno))
            return StoreError(
                .readOnly, operation: "carry",
                "carry: \(path) may not be written by this user (\(reason)): \(ownership)", isTransient: false)
        }
        return nil
    }

    // MARK: Keeping

    /// Files of these jobs, which are there after the next `flush`. All are written before the first one is to be seen, so
    /// a disk that has no room for them has kept none; when it fails later, those that are to be seen are removed again.
    func put(_ jobs: [SpilledJob]) throws(UnkeptJobs) -> [String] {
        let names = jobs.map { MailName.make(at: $0.kept, host: MaildirDelivery.hostName(), job: $0.job.id) }
        defer { for name in names { delivery.discard(name) } }
        do throws(FileTrouble) {
            for (name, job) in zip(names, jobs) {
                try delivery.prepare(name) { file, path throws(FileTrouble) in
                    try Files.write(job.bytes, to: file, path)
                }
            }
        } catch {
            throw UnkeptJobs(trouble: error, effect: .notDone)
        }
        do throws(FileTrouble) { for name in names { try delivery.publish(name) } } catch {
            remove(names)
            throw UnkeptJobs(trouble: error, effect: .unknown)
        }
        return names
    }

    func flush() throws(FileTrouble) { try Files.flush(directory: folder.new) }

    /// As far as that goes: a carrier may have them in hand, or may have brought them, and a power cut may bring them back. So
    /// their producer is told that they may be there.
    func remove(_ names: [String]) { for name in names { unlink("\(folder.new)/\(name)") } }

    // MARK: Carrying

    /// The names of the waiting, in the order in which they came.
    func waiting() throws(FileTrouble) -> [String] {
        try Files.names(in: folder.new).map(MailName.init).sorted {
            ($0.arrival, $0.count, $0.text) < ($1.arrival, $1.count, $1.text)
        }.map(\.text)
    }

    func take(_ name: String) throws(FileTrouble) -> MailLock.Attempt { try MailLock.take("\(folder.new)/\(name)") }

    func read(_ lock: MailLock, _ name: String) throws(FileTrouble) -> [UInt8] {
        try Files.read(lock.descriptor, "\(folder.new)/\(name)")
    }

    func done(_ name: String) throws(FileTrouble) { try Files.remove("\(folder.new)/\(name)") }

    /// The reason first: a file in `failed` always has one.
    func fail(_ name: String, because reason: String) throws(FileTrouble) {
        let place = "\(folder.failed)/\(name)"
        try Files.replace(
            place + ".reason", with: Array((reason + "\n").utf8), scratch: "\(folder.tmp)/\(name).reason",
            isDurable: true)
        _ = try Files.move("\(folder.new)/\(name)", to: place)
        try Files.flush(directory: folder.failed)
    }

    // MARK: Counting

    /// How many bytes wait.
    func size() throws(FileTrouble) -> Int64 {
        var total: Int64 = 0
        for name in try Files.names(in: folder.new) {
            var info = stat()
            if lstat("\(folder.new)/\(name)", &info) == 0 { total += Int64(info.st_size) }
        }
        return total
    }

    func counts() throws(FileTrouble) -> SpillCounts {
        let waiting = try Files.names(in: folder.new)
        let arrivals = waiting.map { MailName($0).arrival }.filter { $0 > 0 }
        let oldest = arrivals.min().map { max(.zero, StoreClock.host.wall() - Timestamp(microseconds: $0)) }
        let failed = try Files.names(in: folder.failed).filter { !$0.hasSuffix(".reason") }
        return SpillCounts(waiting: waiting.count, failed: failed.count, oldest: oldest)
    }

    /// How many of the waiting this user may not read, and one of them.
    func closed() throws(FileTrouble) -> (count: Int, example: String)? {
        let names = try Files.names(in: folder.new).filter {
            access("\(folder.new)/\($0)", R_OK) != 0 && errno == EACCES
        }
        return names.first.map { (names.count, $0) }
    }
}

/// Why jobs could not be kept, and what is known of them: once a carrier could see the first, nothing.
struct UnkeptJobs: Error {
    let trouble: FileTrouble
    let effect: StoreError.Effect
}

/// What is in a spill.
package struct SpillCounts: Sendable, Hashable {
    /// Jobs that wait for the store.
    package var waiting: Int
    /// Jobs that the store has refused, or files that are none.
    package var failed: Int
    /// How long the first of the waiting has been there, by this host's clock.
    package var oldest: Duration?
}
