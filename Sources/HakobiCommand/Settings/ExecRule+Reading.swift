import Hakobi
import HakobiPrograms

extension ExecRule {
    /// Reads `KIND=COMMAND`.
    init(reading text: String) throws(Unreadable) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].trimmed.isEmpty else {
            throw Unreadable("a program is given as KIND=COMMAND, such as resize=/usr/local/bin/resize")
        }
        self.init(kind: try Reading.kind(parts[0].trimmed), command: try ValueText.command(String(parts[1])))
    }
}
