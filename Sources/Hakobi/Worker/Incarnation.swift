import Glibc
package import HakobiCore
import Synchronization

/// One life of one service on this host, and how others can tell that it is over.
///
/// A directory of its own in shared memory holds a lock that parent and children share (not the programs they run), and
/// a page for each process with the jobs it is running. The kernel drops the lock when the last of them dies, however
/// they die, and keeps the pages: so the next life knows at once whom to rescue, and what to charge to whom.
package final class Incarnation: Sendable {
    package let owner: Owner
    /// This life's own directory; pages of running jobs are made here.
    package let path: String
    /// Shared with worker processes by inheritance; as long as one of them lives, the lock is held.
    package let lock: Int32

    let directory: String

    private init(owner: Owner, directory: String, lock: Int32) {
        self.owner = owner
        self.directory = directory
        self.lock = lock
        path = "\(directory)/\(owner.incarnation)"
    }

    deinit { close(lock) }

    /// Begins a life: makes its directory and takes its lock.
    package static func start(node: String?, directory: String?) throws(IncarnationError) -> Incarnation {
        let directory = directory ?? "/dev/shm/hakobi-\(getuid())"
        try makePrivate(directory)
        let owner = Owner(
            node: clean(node ?? hostName()), boot: bootID(),
            incarnation: "\(getpid())-" + String(UInt64.random(in: .min ... .max), radix: 36))
        try makePrivate("\(directory)/\(owner.incarnation)")
        let path = "\(directory)/\(owner.incarnation)/lock"
        let lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw IncarnationError(path, errno) }
        return Incarnation(owner: owner, directory: directory, lock: lock)
    }

    /// Whether another incarnation is surely dead: of an earlier boot of this host, or of this boot with its lock free.
    package func isDead(_ other: Owner) -> Bool {
        guard other.node == owner.node else { return false }
        guard other.boot == owner.boot else { return true }
        // No directory is no proof: it may have lived behind another mount. Its leases run out by themselves.
        return isLockFree(other.incarnation) == true
    }

    /// Whether somebody holds the lock of an incarnation of this directory.
    func isLive(_ incarnation: String) -> Bool { isLockFree(incarnation) == false }

    private func isLockFree(_ incarnation: String) -> Bool? {
        let lock = open("\(directory)/\(incarnation)/lock", O_RDWR | O_CLOEXEC)
        guard lock >= 0 else { return nil }
        defer { close(lock) }
        return flock(lock, LOCK_EX | LOCK_NB) == 0
    }

    /// What a dead incarnation's processes were running when they died; `nil` when nobody can know.
    package func runningJobs(of dead: Owner) -> [JobID]? {
        guard dead.boot == owner.boot, let names = PrivateDirectory.entries(of: "\(directory)/\(dead.incarnation)")
        else {
            return nil
        }
        // A page that cannot be read makes the whole answer "nobody knows": to take its jobs for unstarted would hide a
        // poison job.
        return try? names.filter { $0.hasPrefix("page-") }.flatMap { name in
            try RunningPage.open("\(directory)/\(dead.incarnation)/\(name)").running().map(\.job)
        }
    }

    /// Removes what a dead incarnation left, once its jobs are rescued.
    package func forget(_ dead: Owner) { Self.remove("\(directory)/\(dead.incarnation)") }

    /// Ends this life; the lock goes with its directory.
    package func end() { Self.remove(path) }

    private static func remove(_ path: String) {
        for name in PrivateDirectory.entries(of: path) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    private static func makePrivate(_ path: String) throws(IncarnationError) {
        let refused = PrivateDirectory.make(path)
        guard refused == 0 else { throw IncarnationError(path, refused) }
    }

    package static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, 255)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func bootID() -> String {
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "unknown" }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(file, &buffer, 64)
        return clean(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }

    private static func clean(_ text: String) -> String { String(text.filter { !$0.isWhitespace }) }
}

/// A runtime directory that will not do.
package struct IncarnationError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ path: String, _ code: Int32) {
        description =
            "cannot keep this service's lock in \(path): \(String(cString: strerror(code))); "
            + "name another as runtime-directory, which only this user may read and write"
    }
}
