import Foundation

/// What the kernel says of other processes.
enum ProcessTable {
    struct Entry: Sendable, Hashable {
        let pid: pid_t
        let parent: pid_t
        let state: Character
        /// User and system time so far, in clock ticks of 10 ms.
        let ticks: Int
        var isAlive: Bool { state != "Z" && state != "X" }
    }

    static func entry(_ pid: pid_t) -> Entry? {
        guard let text = try? String(contentsOfFileAt: "/proc/\(pid)/stat"),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 13, let parent = pid_t(fields[1]), let user = Int(fields[11]), let system = Int(fields[12])
        else { return nil }
        return Entry(pid: pid, parent: parent, state: fields[0].first ?? "?", ticks: user + system)
    }

    static func all() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.compactMap(entry)
    }

    static func children(of pid: pid_t) -> [Entry] { all().filter { $0.parent == pid } }

    static func isAlive(_ pid: pid_t) -> Bool { entry(pid)?.isAlive ?? false }

    static func descriptors(of pid: pid_t) -> [String] {
        let folder = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
    }

    /// Resident memory in bytes.
    static func resident(_ pid: pid_t) -> Int {
        let text = (try? String(contentsOfFileAt: "/proc/\(pid)/statm")) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
}

extension String {
    /// A file whose size is not known before it is read, as in /proc.
    init(contentsOfFileAt path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw HarnessError("cannot read \(path)") }
        self = String(decoding: data, as: UTF8.self)
    }
}
