internal import CHakobi
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase

/// What was found out about one Maildir, before it is judged.
struct MaildirFacts: Sendable {
    var path: String
    /// Of the user who asks.
    var user: UInt32 = 0
    /// Its kind of file system, when that is another machine's.
    var network: String?
    /// The kernel tells of arrivals.
    var isWatched = true
    /// What it allows a user, `max_user_instances` and `max_user_watches`; `nil` where it does not tell.
    var inotifyLimits: (instances: Int, watches: Int)?
    /// Mails and their books that this user may not read, and the owner of one of them.
    var closed: (count: Int, path: String, owner: UInt32)?
    /// Files that a delivery left in `tmp` a day and a half ago or longer: nobody is going to finish them.
    var leftovers = 0

    init(path: String) { self.path = path }
}

extension Session {
    /// Looks at each Maildir. Reads the names in it, and opens nothing.
    func doctorFacts() throws(FileTrouble) -> [MaildirFacts] {
        var all: [MaildirFacts] = []
        for box in boxes {
            var facts = MaildirFacts(path: box.folder.root)
            facts.user = geteuid()
            facts.network = NetworkFileSystem.name(of: Int(hakobi_file_system_type(box.folder.new)))
            facts.isWatched = watching.isWhole
            facts.inotifyLimits = Self.inotifyLimits()
            try facts.lookForClosed(in: [box.folder.new, box.folder.states])
            try facts.countLeftovers(in: box.folder.tmp, now: now)
            all.append(facts)
        }
        return all
    }

    private static func inotifyLimits() -> (instances: Int, watches: Int)? {
        func limit(_ name: String) -> Int? {
            // Its size is told as 0, so it is not read like other files.
            let file = open("/proc/sys/fs/inotify/\(name)", O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var digits = [UInt8](repeating: 0, count: 32)
            let count = read(file, &digits, digits.count)
            return count > 0 ? Int(String(decoding: digits[..<count].prefix { $0 > 0x20 }, as: UTF8.self)) : nil
        }
        guard let instances = limit("max_user_instances"), let watches = limit("max_user_watches") else { return nil }
        return (instances, watches)
    }
}

extension MaildirFacts {
    /// So many names of a folder are looked at; what is wrong with one is mostly wrong with all.
    private static var sample: Int { 1000 }
    /// As the Maildir page has it.
    private static var leftBehind: Int64 { 36 * 3600 * 1_000_000 }

    fileprivate mutating func lookForClosed(in folders: [String]) throws(FileTrouble) {
        for folder in folders {
            for name in try Files.names(in: folder).prefix(Self.sample) {
                let path = "\(folder)/\(name)"
                var info = stat()
                // Gone meanwhile is well.
                guard access(path, R_OK) != 0, errno == EACCES, stat(path, &info) == 0 else { continue }
                closed = ((closed?.count ?? 0) + 1, path, info.st_uid)
            }
        }
    }

    fileprivate mutating func countLeftovers(in folder: String, now: Timestamp) throws(FileTrouble) {
        for name in try Files.names(in: folder).prefix(Self.sample) {
            guard let changed = Files.changedAt("\(folder)/\(name)") else { continue }
            if now.microseconds - Int64(changed.seconds) * 1_000_000 > Self.leftBehind { leftovers += 1 }
        }
    }
}
