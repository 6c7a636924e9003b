internal import Glibc

/// Files of states that nobody needs any more, kept for the next ones.
///
/// A file made and removed for each mail costs more than everything else that a mail costs here: ext4 gives out no inode again
/// within five seconds of its removal, and looks past all of those for every file that anybody makes.
struct SpareFiles {
    /// More than are in hand at once in most services.
    private static let most = 256
    private var paths: [String] = []

    /// The file at `path` becomes a spare one under a free name on the same file system, or is removed when there are enough.
    mutating func keep(_ path: String, as spare: String) throws(FileTrouble) {
        guard paths.count < Self.most else {
            try Files.remove(path)
            return
        }
        if try Files.move(path, to: spare) { paths.append(spare) }
    }

    /// As ``Files/replace(_:with:scratch:isDurable:)``, in a spare file when there is one: written while nobody can see it.
    mutating func replace(
        _ path: String, with bytes: [UInt8], scratch: @autoclosure () -> String, isDurable: Bool
    ) throws(FileTrouble) {
        guard let spare = paths.popLast() else {
            return try Files.replace(path, with: bytes, scratch: scratch(), isDurable: isDurable)
        }
        do throws(FileTrouble) {
            try Files.overwrite(spare, bytes, isDurable: isDurable)
            guard try Files.move(spare, to: path) else { throw FileTrouble("find", spare, number: ENOENT) }
        } catch {
            unlink(spare)
            throw error
        }
    }

    /// Removes them all.
    mutating func end() {
        for path in paths { unlink(path) }
        paths = []
    }
}
