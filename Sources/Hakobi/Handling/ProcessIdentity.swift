import Glibc
import HakobiCore

/// Which process this is, as history and `ps` show it.
package struct ProcessIdentity: Sendable, Hashable {
    package var host: String
    package var pid: Int32
    /// 0 when there is no supervisor.
    package var generation: Int
    /// The program's release, as its owner names it.
    package var release: String

    package init(host: String, pid: Int32 = getpid(), generation: Int = 0, release: String) {
        self.host = host
        self.pid = pid
        self.generation = generation
        self.release = release
    }

    package func report(ran: Duration) -> AttemptReport {
        AttemptReport(host: host, pid: pid, generation: generation, release: release, ran: ran)
    }
}
