import FoundationEssentials
import Glibc

/// A directory of one job, removed at its end; whoever finds one that a dead process left removes it.
///
/// Its descriptor holds a lock that the kernel drops at death: so who looks can tell a dead one from a live one, whatever
/// process number or container it came from.
package struct TemporaryDirectory: Sendable {
    /// Where they are made unless told otherwise.
    package static let root = "/tmp"

    /// Absolute.
    package let path: String
    private let lock: Int32

    /// A new one in this user's private part of `root`.
    package static func make(in root: String, named name: String) throws(TemporaryDirectoryError) -> TemporaryDirectory
    {
        let house = house(in: root)
        let refused = PrivateDirectory.make(house)
        guard refused == 0 else { throw TemporaryDirectoryError(house, refused) }
        while true {
            let path = "\(house)/\(name)-" + String(UInt32.random(in: .min ... .max), radix: 36)
            guard mkdir(path, 0o700) == 0 else { throw TemporaryDirectoryError(path, errno) }
            let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard lock >= 0 else {
                if errno == ENOENT { continue }
                throw TemporaryDirectoryError(path, errno)
            }
            // Between its making and its locking somebody may have taken it for a dead one's.
            if flock(lock, LOCK_EX | LOCK_NB) == 0, access(path, F_OK) == 0 {
                return TemporaryDirectory(path: path, lock: lock)
            }
            close(lock)
        }
    }

    /// Removes it with all that is in it.
    package func remove() throws {
        defer { close(lock) }
        // A handler may have removed it itself.
        if access(path, F_OK) == 0 { try FileManager.default.removeItem(atPath: path) }
    }

    /// Removes those of dead processes; answers how many went.
    package static func sweep(_ root: String) -> Int {
        let house = house(in: root)
        return (PrivateDirectory.entries(of: house) ?? []).count { isDead("\(house)/\($0)") }
    }

    private static func isDead(_ path: String) -> Bool {
        let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard lock >= 0 else { return false }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { return false }
        do { try FileManager.default.removeItem(atPath: path) } catch { return false }
        return true
    }

    private static func house(in root: String) -> String { "\(root)/hakobi-\(getuid())" }
}

/// Why a job could not have a temporary directory.
public struct TemporaryDirectoryError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, where, and what would be right.
    public let description: String

    init(_ path: String, _ code: Int32) {
        description =
            "cannot make the temporary directory \(path): \(String(cString: strerror(code))); "
            + "give a place for temporary files that this user can write (TMPDIR)"
    }
}
