import Glibc
import Hakobi
import HakobiMaildir

/// What the file system says about a store that is a file or a folder.
enum FileFacts {
    /// Less free space than this stops a store soon.
    static let tightSpace: Int64 = 104_857_600

    static func findings(path: String) -> [Finding] { [mode(path), space(path)].compactMap(\.self) }

    /// What waits in a spill, why it may not be carried, and what only a person can help.
    static func findings(spill path: String) throws(StoreError) -> [Finding] {
        if let obstacle = try MaildirSpill.obstacle(at: path) { return [.fail("spill", obstacle)] }
        guard let counts = try MaildirSpill.counts(at: path) else { return [] }
        var findings: [Finding] = []
        if counts.failed > 0 {
            findings.append(
                .warn(
                    "spill",
                    "\(counts.failed) jobs in \(path)/failed, each with its reason beside it: what is moved back to new is "
                        + "tried again"))
        }
        if counts.waiting > 0 {
            findings.append(
                .warn("spill", "\(StatsOutput.line(counts, path)): `hakobi up --spill \(path)` carries them over"))
        }
        return findings.isEmpty ? [.ok("spill", "nothing waits in \(path)")] : findings
    }

    private static func mode(_ path: String) -> Finding? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let open = status.st_mode & 0o077
        if open != 0 {
            return .warn("file mode", "others can open \(path): `chmod go= \(path)` closes it")
        }
        if status.st_uid != getuid() {
            return .warn("file mode", "\(path) belongs to user \(status.st_uid), and this is user \(getuid())")
        }
        return .ok("file mode", "\(path) is open to its owner only")
    }

    private static func space(_ path: String) -> Finding? {
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return nil }
        let free = Int64(system.f_bavail) * Int64(system.f_frsize)
        let text = SizeText.short(free)
        if free < tightSpace { return .fail("disk space", "\(text) left beside \(path): make room, or move the store") }
        return .ok("disk space", "\(text) left")
    }
}
