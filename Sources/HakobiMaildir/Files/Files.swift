internal import CHakobi
internal import Glibc

/// Whole files, as a directory's books need them: read at once, replaced at once, and on disk when that is asked for.
enum Files {
    /// The whole file, or its first `limit` bytes; `nil` when there is none.
    static func read(_ path: String, limit: Int = .max) throws(FileTrouble) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw FileTrouble("open", path)
        }
        defer { close(file) }
        return try read(file, path, limit: limit)
    }

    /// From the file's beginning, whatever its descriptor's place is: the descriptor may be shared.
    static func read(_ file: Int32, _ path: String, limit: Int = .max) throws(FileTrouble) -> [UInt8] {
        var info = stat()
        guard fstat(file, &info) == 0 else { throw FileTrouble("look at", path) }
        var room = min(limit, Int(info.st_size))
        var bytes: [UInt8] = []
        while room > 0 {
            let (count, error) = append(room, of: file, to: &bytes)
            if count < 0, error == EINTR { continue }
            guard count >= 0 else { throw FileTrouble("read", path, number: error) }
            if count == 0 { break }
            room -= count
        }
        return bytes
    }

    private static func append(_ room: Int, of file: Int32, to bytes: inout [UInt8]) -> (Int, Int32) {
        let place = bytes.count
        var error: Int32 = 0
        var count = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: min(room, 1 << 20)) { buffer, used in
            count = pread(file, buffer.baseAddress, buffer.count, off_t(place))
            error = errno
            used = max(0, count)
        }
        bytes += chunk
        return (count, error)
    }

    /// A new file with these bytes; on disk when `isDurable`. Throws `EEXIST` when there is one already.
    static func create(_ path: String, _ bytes: some Collection<UInt8>, isDurable: Bool) throws(FileTrouble) {
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw FileTrouble("create", path) }
        do throws(FileTrouble) {
            defer { close(file) }
            try write(bytes, to: file, path)
            if isDurable, fsync(file) != 0 { throw FileTrouble("flush", path) }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Other bytes in a file that nobody else looks at; on disk when `isDurable`. Never empty in between: a file that was cut to
    /// nothing is flushed when it is closed.
    static func overwrite(_ path: String, _ bytes: [UInt8], isDurable: Bool) throws(FileTrouble) {
        let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw FileTrouble("open", path) }
        defer { close(file) }
        try write(bytes, to: file, path)
        guard ftruncate(file, off_t(bytes.count)) == 0 else { throw FileTrouble("cut", path) }
        if isDurable, fsync(file) != 0 { throw FileTrouble("flush", path) }
    }

    /// An empty file, which says something by being there.
    static func mark(_ path: String) throws(FileTrouble) {
        let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw FileTrouble("create", path) }
        close(file)
    }

    /// All bytes to where the file's descriptor stands.
    static func write(_ bytes: some Collection<UInt8>, to file: Int32, _ path: String) throws(FileTrouble) {
        let done = bytes.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0), to: file) }
        let error = done ?? Array(bytes).withUnsafeBytes { write($0, to: file) }
        if error != 0 { throw FileTrouble("write", path, number: error) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return errno }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return 0
    }

    /// Takes the place of whatever is at `path`, as a whole; `scratch` is a free name on the same file system.
    static func replace(
        _ path: String, with bytes: [UInt8], scratch: String, isDurable: Bool
    ) throws(FileTrouble) {
        try create(scratch, bytes, isDurable: isDurable)
        guard Glibc.rename(scratch, path) == 0 else {
            let trouble = FileTrouble("replace", path)
            unlink(scratch)
            throw trouble
        }
    }

    /// Moves a file; answers whether it was there.
    static func move(_ path: String, to place: String) throws(FileTrouble) -> Bool {
        guard rename(path, place) != 0 else { return true }
        if errno == ENOENT { return false }
        throw FileTrouble("move to \(place)", path)
    }

    /// Removes a file; answers whether it was there.
    @discardableResult
    static func remove(_ path: String) throws(FileTrouble) -> Bool {
        guard unlink(path) != 0 else { return true }
        if errno == ENOENT { return false }
        throw FileTrouble("remove", path)
    }

    /// The directory's entries are on disk from here on.
    static func flush(directory path: String) throws(FileTrouble) {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw FileTrouble("open", path) }
        defer { close(directory) }
        // Some file systems cannot, and need not: their entries are where they are at once.
        guard fsync(directory) == 0 || errno == EINVAL else { throw FileTrouble("flush", path) }
    }

    /// What is in a directory, in no order; names that begin with a dot or are no UTF-8 are passed over.
    static func names(in path: String) throws(FileTrouble) -> [String] {
        guard let directory = opendir(path) else { throw FileTrouble("read", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let name = hakobi_next_name(directory) {
            if name[0] != 0x2E, let name = String(validatingCString: name) { names.append(name) }
        }
        return names
    }

    /// Sets a file's times, the one of its content to what it was: a hint to those who watch its folder, and nothing else.
    /// Both, because one alone is not told as a change of attributes. Only the file's owner can; for others there is the
    /// look now and then.
    static func touch(_ path: String) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        // UTIME_NOW of sys/stat.h, a macro that Swift does not see.
        let times = [timespec(tv_sec: 0, tv_nsec: 0x3FFF_FFFF), info.st_mtim]
        utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// When a directory's entries last changed.
    static func changedAt(_ path: String) -> Moment? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return Moment(seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec)
    }

    /// What tells one version of a file from the next, when each takes the place of the last as a whole.
    struct Stamp: Equatable {
        let inode: UInt
        let size: Int
        let changed: Moment
    }

    /// `nil` when it cannot be looked at.
    static func stamp(_ path: String) -> Stamp? {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        return Stamp(
            inode: UInt(info.st_ino), size: Int(info.st_size),
            changed: Moment(seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec))
    }

    /// A file system's time.
    struct Moment: Equatable {
        let seconds: Int
        let nanoseconds: Int

        /// Its clock ticks in milliseconds, so what was looked at within some ticks of a change may miss the next one.
        var isSettled: Bool {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            let age = (now.tv_sec - seconds) * 1_000_000_000 + now.tv_nsec - nanoseconds
            return age > 50_000_000
        }
    }

    /// Makes a directory for its owner only, if there is none. What root makes belongs to whom the directory above belongs to:
    /// else a mail server of that user would be locked out. On the disk from here on, for what is flushed in a folder is lost
    /// with a folder that is not.
    static func makeDirectory(_ path: String) throws(FileTrouble) {
        guard mkdir(path, 0o700) == 0 else {
            guard errno == EEXIST else { throw FileTrouble("create", path) }
            return
        }
        if geteuid() == 0 {
            let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard directory >= 0 else { throw FileTrouble("open", path) }
            defer { close(directory) }
            try giveAway(directory, path, likeThatOf: openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        do throws(FileTrouble) { try flush(directory: path + "/..") } catch {
            // Where this user may write and not read it cannot be, and was never promised.
            guard error.number == EACCES else { throw error }
        }
    }

    /// What root has made in a directory belongs to that one's owner, by their descriptors: names can be changed by others
    /// meanwhile. Closes `parent`.
    static func giveAway(_ file: Int32, _ path: String, likeThatOf parent: Int32) throws(FileTrouble) {
        guard parent >= 0 else { throw FileTrouble("look above", path) }
        defer { close(parent) }
        var above = stat()
        guard fstat(parent, &above) == 0 else { throw FileTrouble("look above", path) }
        guard above.st_uid == 0 || fchown(file, above.st_uid, above.st_gid) == 0 else {
            throw FileTrouble("give user \(above.st_uid)", path)
        }
    }
}
