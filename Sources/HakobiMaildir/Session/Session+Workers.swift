internal import FoundationEssentials
internal import HakobiCore
internal import Logging

/// Who works here: a file each beside the first Maildir.
extension Session {
    func report(_ worker: WorkerReport) throws(FileTrouble) {
        let path = path(of: worker.owner)
        var lines = StateLines()
        lines.add("owner", worker.owner.description)
        lines.add("heard", clock.steady().wholeMicroseconds)
        do { lines.add("report", bytes: Array(try JSONEncoder().encode(StoredReport(worker)))) } catch {
            // Texts and numbers: whatever this is, it is no reason to be silent.
            options.logger.warning("a worker's report cannot be written: \(error)")
        }
        try Files.replace(path, with: lines.bytes, scratch: scratchPath(in: 0), isDurable: false)
    }

    func retire(_ owner: Owner) throws(FileTrouble) { try Files.remove(path(of: owner)) }

    func workers() throws(FileTrouble) -> [RegisteredWorker] {
        var workers: [RegisteredWorker] = []
        for (owner, fields) in try reports() {
            guard let heard = fields["heard"].flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }),
                let bytes = fields["report"], let report = Self.decode(bytes, owner)
            else { continue }
            // Heard before this boot: the steady clock began anew, so nothing is known but that it is long ago.
            let silence = max(.zero, clock.steady() - .microseconds(heard))
            workers.append(RegisteredWorker(report: report, silence: silence))
        }
        return workers.sorted { $0.report.owner.description < $1.report.owner.description }
    }

    /// Every incarnation that has reported or has a mail.
    func owners() throws(FileTrouble) -> [Owner] {
        var owners = Set(held.values.map(\.lease.owner))
        for (owner, _) in try reports() { owners.insert(owner) }
        for (_, _, state) in try allStates() where state.state == .running {
            if let owner = state.owner { owners.insert(owner) }
        }
        return owners.sorted { $0.description < $1.description }
    }

    private func path(of owner: Owner) -> String {
        boxes[0].folder.file("workers", FileNames.name(for: owner.description))
    }

    private func reports() throws(FileTrouble) -> [(Owner, [String: [UInt8]])] {
        var reports: [(Owner, [String: [UInt8]])] = []
        for name in try Files.names(in: boxes[0].folder.file("workers")) {
            guard let owner = Owner(FileNames.text(of: name)),
                let bytes = try Files.read(boxes[0].folder.file("workers", name))
            else { continue }
            var fields: [String: [UInt8]] = [:]
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                if let (name, value) = StateLines.field(line) { fields[name] = value }
            }
            reports.append((owner, fields))
        }
        return reports
    }

    private static func decode(_ bytes: [UInt8], _ owner: Owner) -> WorkerReport? {
        do { return try JSONDecoder().decode(StoredReport.self, from: Data(bytes)).report(of: owner) } catch {
            // A newer release's; its owner counts all the same.
            return nil
        }
    }
}
