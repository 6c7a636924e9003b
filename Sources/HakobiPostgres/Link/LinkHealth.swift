internal import Synchronization

/// What a link's thread last knew, for others to look at.
final class LinkHealth: Sendable {
    struct Report: Sendable, Equatable {
        var isConnected = false
        /// How often a connection has been made, the first one included.
        var connections = 0
        /// Sessions are lent a transaction at a time: no prepared statements, no listening.
        var isPooled = false
        /// It listens, and the last probe came back.
        var hearsItself = false
        /// It listened, and the last probe did not come back.
        var isSilent = false
        /// As in 150020 for 15.20; 0 before the first connection.
        var serverVersion = 0
        var backendPID: Int32 = 0
        /// The host that was last connected to.
        var host = ""
    }

    private let report = Mutex(Report())

    var current: Report { report.withLock { $0 } }
    func update(_ change: (inout Report) -> Void) { report.withLock { change(&$0) } }
}
