import Foundation

/// A file system in memory of a few megabytes.
struct SmallDisk {
    let path: String
    private var ballast: String { path + "/ballast" }

    init(megabytes: Int) throws {
        path = NSTemporaryDirectory() + "hakobi-disk-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=0700") == 0 else {
            throw HarnessError("cannot mount a small disk: \(String(cString: strerror(errno)))")
        }
    }

    /// Takes every byte that is left.
    func fill() throws {
        let file = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw HarnessError("cannot fill the disk") }
        defer { close(file) }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) == block.count {}
    }

    func free() throws { try FileManager.default.removeItem(atPath: ballast) }

    /// A folder on it that belongs to somebody else.
    func folder(_ name: String, for user: String) throws -> String {
        guard let entry = getpwnam(user) else { throw HarnessError("there is no user \(user)") }
        let folder = path + "/" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        guard chmod(path, 0o755) == 0, chown(folder, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else {
            throw HarnessError("cannot give \(folder) to \(user): \(String(cString: strerror(errno)))")
        }
        return folder
    }

    func unmount() {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }
}
