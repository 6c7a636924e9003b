/// What is put above a mail that comes through a pipe, and what is left out of it.
///
/// Postfix hands a program its mail behind an mbox's `From ` line, with the envelope already in its head; qmail tells the
/// envelope in variables only. Either way it is to be there once.
struct MailTop: Equatable {
    /// `Return-Path` and `Delivered-To`, as far as the mail does not begin with them.
    private(set) var lines = ""
    /// So many bytes of the mail are passed over: the `From ` line.
    private(set) var skipped = 0

    init(of beginning: [UInt8], returnPath: String?, recipient: String?) {
        let head = MailHead(beginning, isAll: true)
        if let returnPath, !Self.says(returnPath, "Return-Path", head) { lines += "Return-Path: <\(returnPath)>\n" }
        if let recipient, !Self.says(recipient, "Delivered-To", head) { lines += "Delivered-To: \(recipient)\n" }
        guard beginning.starts(with: "From ".utf8), let end = beginning.firstIndex(of: 0x0A) else { return }
        skipped = end + 1
    }

    private static func says(_ address: String, _ name: String, _ head: MailHead) -> Bool {
        guard let value = head.first(name)?.value else { return false }
        return value == address || value == "<\(address)>"
    }
}
