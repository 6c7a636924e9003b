internal import Glibc
internal import HakobiCore

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

    var path: String { folder.root }

    // MARK: Keeping

    /// Files of these jobs, which are there after the next `flush`. Those before one that fails are removed again.
    func put(_ jobs: [SpilledJob]) throws(FileTrouble) -> [String] {
        var names: [String] = []
        do throws(FileTrouble) {
            for job in jobs {
                let name = MailName.make(at: job.kept, host: MaildirDelivery.hostName(), job: job.job.id)
                try delivery.put(name) { file, path throws(FileTrouble) in try Files.write(job.bytes, to: file, path) }
                names.append(name)
            }
        } catch {
            remove(names)
            throw error
        }
        return names
    }

    func flush() throws(FileTrouble) { try Files.flush(directory: folder.new) }

    /// As far as that goes: a job whose producer was told that it may be there, or not, is no harm.
    func remove(_ names: [String]) { for name in names { unlink("\(folder.new)/\(name)") } }

    // MARK: Carrying

    /// The names of the waiting, in the order in which they came.
    func waiting() throws(FileTrouble) -> [String] {
        try Files.names(in: folder.new).map(MailName.init).sorted {
            ($0.arrival, $0.count, $0.text) < ($1.arrival, $1.count, $1.text)
        }.map(\.text)
    }

    func take(_ name: String) throws(FileTrouble) -> MailLock? {
        guard case .taken(let lock) = try MailLock.take("\(folder.new)/\(name)") else { return nil }
        return lock
    }

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
        let failed = try Files.names(in: folder.failed).filter { !$0.hasSuffix(".reason") }
        return SpillCounts(waiting: try Files.names(in: folder.new).count, failed: failed.count)
    }
}

/// What is in a spill.
package struct SpillCounts: Sendable, Hashable {
    /// Jobs that wait for the store.
    package var waiting: Int
    /// Jobs that the store has refused, or files that are none.
    package var failed: Int
}
