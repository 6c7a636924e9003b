import Glibc

/// What one service may open of connections that have a limit, such as a database server's `max_connections`: its jobs,
/// and its store.
package struct ConnectionShare: Sendable, Hashable {
    /// Which limit: services that name the same one share it. Without white space.
    package var pool: String
    /// Who takes it, as others are told.
    package var service: String
    /// Jobs at once.
    package var jobs: Int
    /// Connections of each.
    package var perJob: Int
    /// Connections of the store itself.
    package var ofStore: Int
    /// What all services together may open; of several opinions the smallest holds.
    package var limit: Int

    package init(pool: String, service: String, jobs: Int, perJob: Int, ofStore: Int, limit: Int) {
        self.pool = pool
        self.service = service
        self.jobs = jobs
        self.perJob = perJob
        self.ofStore = ofStore
        self.limit = limit
    }

    package var connections: Int { jobs * perJob + ofStore }

    /// Jobs at once that fit into what is left.
    package func slots(in left: Int) -> Int { max(0, left - ofStore) / perJob }

    /// What it takes and why, as the beginning of a sentence.
    package var need: String {
        let jobs = "\(jobs) jobs at once with \(perJob) connections each need \(jobs * perJob)"
        return ofStore > 0 ? "\(jobs) and the store \(ofStore) more" : jobs
    }

    /// Why it does not fit beside what others took, in one sentence; `nil` when it fits.
    func refusal(beside others: [TakenShare]) -> String? {
        let others = others.filter { $0.pool == pool }.sorted { $0.pid < $1.pid }
        let limit = others.reduce(limit) { min($0, $1.limit) }
        let taken = others.reduce(0) { $0 + $1.connections }
        guard taken + connections > limit else { return nil }
        let list = others.map { "\($0.service) (pid \($0.pid)) \($0.connections)" }.joined(separator: ", ")
        return "max-connections is \(limit) for all services of this host (connection-pool \"\(pool)\"): \(need), and "
            + "\(taken) are taken by \(list); use at most \(slots(in: limit - taken)) slots (processes times "
            + "concurrency) here, or fewer there"
    }
}

/// A share that a live service of this host has taken, as its file says.
struct TakenShare: Sendable, Hashable {
    let pid: Int32
    let connections: Int
    let limit: Int
    let pool: String
    let service: String

    init(_ share: ConnectionShare, pid: Int32) {
        self.pid = pid
        connections = share.connections
        limit = share.limit
        pool = share.pool
        service = share.service
    }

    /// Reads the file's one line; `nil` for what is none.
    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 4).map(String.init)
        guard parts.count == 5, let pid = Int32(parts[0]), let connections = Int(parts[1]), let limit = Int(parts[2])
        else { return nil }
        self.pid = pid
        self.connections = connections
        self.limit = limit
        pool = parts[3]
        service = parts[4]
    }

    var text: String { "\(pid) \(connections) \(limit) \(pool) \(service)" }
}

/// The limit that services of this host share would be passed, or their shares cannot be read.
package struct ConnectionsRefused: Error, Sendable, CustomStringConvertible {
    package let description: String
}

extension Incarnation {
    /// Takes this service's share, in place of what it took before, or says who has the rest; `nil` gives it up.
    ///
    /// The share is a file in this life's directory, so it counts as long as the service or a process of it lives, and the
    /// kernel ends it with the last of them. Seen by services with the same runtime directory.
    /// - Parameter pid: a service that this one replaces: what it took is not counted.
    package func take(_ share: ConnectionShare?, replacing pid: Int32? = nil) throws(ConnectionsRefused) {
        let file = "\(path)/connections"
        guard let share else {
            unlink(file)
            return
        }
        let turn = try turnToTake()
        defer { close(turn) }
        let others = takenByOthers().filter { $0.pid != pid }
        if let refusal = share.refusal(beside: others) { throw ConnectionsRefused(description: refusal) }
        try write(TakenShare(share, pid: getpid()).text, to: file)
    }

    /// As `take`, at the start of a life: a refusal ends it, so that nothing of it stays.
    package func takeFirst(_ share: ConnectionShare?, replacing pid: Int32? = nil) throws(ConnectionsRefused) {
        do throws(ConnectionsRefused) { try take(share, replacing: pid) } catch {
            end()
            throw error
        }
    }

    /// Two that start at the same moment must not both see the rest as free. A stopped one must not stop all others.
    private func turnToTake() throws(ConnectionsRefused) -> Int32 {
        let path = "\(directory)/connections.lock"
        let turn = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard turn >= 0 else { throw Self.refused(path, errno) }
        for _ in 0..<200 {
            if flock(turn, LOCK_EX | LOCK_NB) == 0 { return turn }
            usleep(10_000)
        }
        close(turn)
        throw Self.refused(path, EWOULDBLOCK)
    }

    private func takenByOthers() -> [TakenShare] {
        (PrivateDirectory.entries(of: directory) ?? []).filter { $0 != owner.incarnation }.compactMap { name in
            guard let text = Self.read("\(directory)/\(name)/connections"), isLive(name) else { return nil }
            return TakenShare(text)
        }
    }

    private func write(_ text: String, to file: String) throws(ConnectionsRefused) {
        let draft = open("\(file).new", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        guard draft >= 0 else { throw Self.refused(file, errno) }
        let bytes = Array(text.utf8)
        let written = Glibc.write(draft, bytes, bytes.count)
        close(draft)
        guard written == bytes.count, rename("\(file).new", file) == 0 else { throw Self.refused(file, errno) }
    }

    private static func read(_ file: String) -> String? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }

    private static func refused(_ path: String, _ code: Int32) -> ConnectionsRefused {
        ConnectionsRefused(
            description:
                "cannot note this service's share of connections in \(path): \(String(cString: strerror(code)))")
    }
}
