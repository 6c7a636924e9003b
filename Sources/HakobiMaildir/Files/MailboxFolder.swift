internal import Glibc
internal import HakobiCore

/// Where everything of one Maildir is. Beside the three folders of the standard there is `failed`, and `hakobi` with what
/// is known of mails that have been tried. None begins with a dot: mail readers take those for folders of mail.
struct MailboxFolder {
    let root: String
    let tmp: String
    let new: String
    let cur: String
    let failed: String
    /// One small file for each mail that was tried.
    let states: String
    /// Where such files are written before they get their names.
    let scratch: String
    /// One locked file for each store that is open.
    let holders: String

    init(_ root: String) {
        let root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
        self.root = root
        tmp = root + "/tmp"
        new = root + "/new"
        cur = root + "/cur"
        failed = root + "/failed"
        states = root + "/hakobi/state"
        scratch = root + "/hakobi/tmp"
        holders = root + "/hakobi/holders"
    }

    var books: String { root + "/hakobi" }

    /// A file there.
    func file(_ parts: String...) -> String { books + "/" + parts.joined(separator: "/") }
    func state(_ id: JobID) -> String { states + "/" + id.description }
    func cancel(_ id: JobID) -> String { file("cancel", id.description) }

    /// Makes what is missing, and refuses what cannot be a Maildir.
    func prepare() throws(StoreError) {
        _ = try presence()
        do throws(FileTrouble) {
            for path in [
                root, tmp, new, cur, failed, books, states, scratch, holders, file("cancel"), file("workers"),
                file("paused"),
            ] { try Files.makeDirectory(path) }
        } catch {
            throw error.error(of: "open")
        }
        // Now that all of it is there, all of it may be written too.
        _ = try presence()
    }
}
