import Foundation
import HakobiCore
import HakobiMaildir

/// A site whose store is a Maildir, with mails that are really delivered.
struct MailSite: Sendable {
    let site: Site
    let path: String

    static func with(_ body: (MailSite) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "hakobi-crash-mail-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        // With records, so that the laws can be looked at afterwards.
        try await Site.with(url: "maildir:\(path)?records=yes") { try await body(MailSite(site: $0, path: path)) }
    }

    /// Mails that say what is to be done with them.
    @discardableResult
    func deliver(_ task: String, count: Int = 1, body: [UInt8] = Array("body\n".utf8)) throws -> [JobID] {
        let delivery = try MaildirDelivery(path: path)
        let ids = try (0..<count).map { number in
            try delivery.deliver(Array("Subject: \(number)\nX-Do: \(task)\n\n".utf8) + body)
        }
        site.promise(ids)
        return ids
    }

    /// A service that knows nothing of the first one but the Maildir.
    func upElsewhere() throws -> Running {
        let runtime = site.folder + "/elsewhere"
        try FileManager.default.createDirectory(
            atPath: runtime, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return try site.run([
            "up", "--store", site.url, "--processes", "2", "--set", "runtime-directory=\(runtime)", "--set",
            "node=elsewhere",
        ])
    }

    /// Files of mails that a process has open.
    func mailsOpen(in pid: pid_t) -> [String] {
        ProcessTable.descriptors(of: pid).filter { $0.hasPrefix("\(path)/new/") }
    }

    /// All attempts that started on a mail, in their order.
    func starts(of id: JobID) -> [MarkFile.Mark] {
        site.marks.started.filter { $0.job == id }.sorted { $0.attempt < $1.attempt }
    }

    func ends(of id: JobID) -> [MarkFile.Mark] {
        site.marks.finished.filter { $0.job == id }.sorted { $0.attempt < $1.attempt }
    }
}
