internal import CHakobi
internal import Glibc
internal import HakobiCore
internal import HakobiDatabase

/// Where the file is: whether it can be a store there, and its creation.
enum Place {
    /// Refuses what cannot work with one sentence each, and makes the file if there is none.
    static func prepare(_ path: String, fileSystemType: (String) -> Int) throws(StoreError) {
        if try !check(path, fileSystemType: fileSystemType) { try create(path, in: parent(of: path)) }
    }

    /// Whether the file is there. Refuses what cannot work, and what could not be made, with one sentence each.
    static func check(_ path: String, fileSystemType: (String) -> Int) throws(StoreError) -> Bool {
        let directory = parent(of: path)
        switch kind(of: directory) {
        case S_IFDIR: break
        case nil where errno == EACCES:
            throw refusal(.unreachable, "the directory \(directory) is closed to this user: \(words())")
        case nil: throw refusal(.unreachable, "the directory \(directory) does not exist; create it first")
        default: throw refusal(.unreachable, "\(directory) is not a directory; name a file in one")
        }
        if let name = NetworkFileSystem.name(of: fileSystemType(directory)) {
            throw refusal(
                .unsuitable,
                "\(path) is on a network file system (\(name)), where SQLite's locks and shared memory do not hold; "
                    + "use a local disk, or a server's store")
        }
        switch kind(of: path) {
        case nil:
            guard access(directory, W_OK | X_OK) != 0 else { return false }
            throw cannotBeMade(path, in: directory)
        case S_IFREG:
            try checkAccess(path, in: directory)
            return true
        case S_IFDIR: throw refusal(.unsuitable, "\(path) is a directory; name a file in it")
        default: throw refusal(.unsuitable, "\(path) is not a regular file; name one, or a new one")
        }
    }

    /// `statfs(2)`'s word for a kind of file system.
    static let fileSystemType: @Sendable (String) -> Int = { path in
        Int(hakobi_file_system_type(path))
    }

    /// The directory that holds `path`.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func kind(of path: String) -> mode_t? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
    }

    private static func checkAccess(_ path: String, in directory: String) throws(StoreError) {
        guard access(path, R_OK) == 0 else {
            throw refusal(.unreachable, "\(path) may not be read by this user: \(words())")
        }
        guard access(path, W_OK) == 0, access(directory, W_OK | X_OK) == 0 else {
            throw refusal(
                .readOnly, "\(path) or its directory may not be written by this user (\(words())); a store needs both")
        }
    }

    /// For its owner only, whatever the umask says, from the first moment; SQLite gives the -wal and -shm the same mode.
    ///
    /// Made under another name and then linked: closing a descriptor of a file drops every POSIX lock this process has
    /// on it, and with a link the file has no second opener until ours is closed.
    private static func create(_ path: String, in directory: String) throws(StoreError) {
        let temporary = "\(path)-new-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let file = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw cannotBeMade(path, in: directory)
        }
        fchmod(file, 0o600)
        close(file)
        defer { unlink(temporary) }
        guard link(temporary, path) != 0, errno != EEXIST else { return }
        // No hard links here (vfat, some overlays): a rename is as good, except that it cannot lose to another's file.
        guard kind(of: path) != nil || rename(temporary, path) == 0 else {
            throw refusal(.unreachable, "\(path) cannot be created in \(directory): \(words())")
        }
    }

    /// By `errno`.
    private static func cannotBeMade(_ path: String, in directory: String) -> StoreError {
        let reason: StoreError.Reason =
            switch errno {
            case EROFS, EACCES, EPERM: .readOnly
            case ENOSPC, EDQUOT: .full
            default: .unreachable
            }
        return refusal(reason, "\(path) cannot be created in \(directory): \(words())")
    }

    private static func words() -> String { String(cString: strerror(errno)) }

    private static func refusal(_ reason: StoreError.Reason, _ sentence: String) -> StoreError {
        StoreError(reason, operation: "open", "open: \(sentence)", isTransient: reason == .full)
    }
}
