internal import Glibc
internal import HakobiCore
internal import HakobiDatabase
internal import Logging
internal import Synchronization

/// What a carrier does with files, each on the disk's own thread.
extension SpillCarrier {
    /// Payloads brought at once, so that memory stays bounded.
    private static let largestBytes = 4 << 20

    /// A job in hand, for as long as somebody has its parcel.
    struct Parcel: Sendable {
        let name: String
        let job: SpilledJob
        private let file: HeldFile

        fileprivate init(_ name: String, _ job: SpilledJob, _ file: HeldFile) {
            self.name = name
            self.job = job
            self.file = file
        }
    }

    fileprivate final class HeldFile: Sendable {
        private let lock: MailLock
        init(_ lock: MailLock) { self.lock = lock }
        deinit { lock.release() }
    }

    func look() async throws(StoreError) -> [String] {
        try await disk.run { [folder] () throws(StoreError) in
            // What could not be removed would be brought again and again.
            if let obstacle = folder.obstacle() { throw obstacle }
            do throws(FileTrouble) { return try folder.waiting() } catch { throw error.error(of: "carry") }
        }
    }

    /// Locks and reads the next ones; what is no job goes, what somebody else has in hand is passed over. Trouble that all
    /// would meet, as when no more files can be opened, waits until those in hand are done with.
    func take(
        _ names: ArraySlice<String>, upTo count: Int
    ) async throws(StoreError) -> ([Parcel], rest: ArraySlice<String>) {
        let answered = Set(left.withLock { left in names.filter(left.isAnswered) })
        return try await onDisk { [self] folder throws(FileTrouble) in
            var parcels: [Parcel] = []
            var rest = names
            var bytes = 0
            while parcels.count < count, bytes < Self.largestBytes, let name = rest.first {
                do throws(FileTrouble) {
                    if let parcel = try pickUp(name, isAnswered: answered.contains(name), in: folder) {
                        parcels.append(parcel)
                        bytes += parcel.job.job.payload.bytes.count
                    }
                } catch {
                    // One less, so that what is refused can be put aside.
                    guard parcels.count > 1, let last = parcels.popLast(),
                        let place = names.firstIndex(of: last.name)
                    else { throw error }
                    return (parcels, names[place...])
                }
                rest.removeFirst()
            }
            return (parcels, rest)
        }
    }

    /// What cannot be read stays: somebody can help that, and it must not hold up those behind it. A file that is no job goes
    /// to `failed`.
    private func pickUp(
        _ name: String, isAnswered: Bool, in folder: SpillFolder
    ) throws(FileTrouble) -> Parcel? {
        guard !isAnswered else {
            leave(name, "its job is in the store, and it could not be removed", isForbidden: true, isAnswered: true)
            return nil
        }
        do throws(FileTrouble) {
            switch try folder.take(name) {
            case .busy, .gone: return nil
            case .noMail:
                leave(name, "it is no file")
                return nil
            case .taken(let lock):
                // Ours until it lies in `failed`, too.
                let file = HeldFile(lock)
                let bytes = try folder.read(lock, name)
                do throws(UnreadableSpill) { return Parcel(name, try SpilledJob(bytes), file) } catch {
                    logger.error(
                        "a file in the spill is no job", metadata: ["file": "\(name)", "because": "\(error)"])
                    try withExtendedLifetime(file) { () throws(FileTrouble) in
                        try folder.fail(name, because: error.description)
                    }
                    return nil
                }
            }
        } catch {
            try leave(name, error)
            return nil
        }
    }

    func settle(_ ends: [(Parcel, CarryState.Verdict)]) async throws(StoreError) {
        try await onDisk { [self] folder throws(FileTrouble) in
            for (parcel, verdict) in ends {
                do throws(FileTrouble) { try settle(parcel, verdict, in: folder) } catch {
                    try leave(parcel.name, error, isAnswered: true)
                }
            }
        }
    }

    private func settle(
        _ parcel: Parcel, _ verdict: CarryState.Verdict, in folder: SpillFolder
    ) throws(FileTrouble) {
        switch verdict {
        case .carried: try folder.done(parcel.name)
        case .stays: break
        case .failed(let reason):
            logger.error(
                "a spilled job was refused",
                metadata: [
                    "job": "\(parcel.job.job.id)", "kind": "\(parcel.job.job.kind)", "because": "\(reason)",
                ])
            try folder.fail(parcel.name, because: reason)
        }
    }

    /// Throws what the next file would meet as well; a damaged place on the disk is one file's.
    private func leave(_ name: String, _ trouble: FileTrouble, isAnswered: Bool = false) throws(FileTrouble) {
        if trouble.isOfAll, trouble.number != EIO { throw trouble }
        leave(
            name, trouble.error(of: "carry").description, isForbidden: [EACCES, EPERM].contains(trouble.number),
            isAnswered: isAnswered)
    }

    private func leave(_ name: String, _ reason: String, isForbidden: Bool = false, isAnswered: Bool = false) {
        let file = LeftFiles.File(name: name, reason: reason, isForbidden: isForbidden, isAnswered: isAnswered)
        left.withLock { $0.add([file]) }
    }

    func onDisk<Value: Sendable>(
        _ body: @escaping @Sendable (SpillFolder) throws(FileTrouble) -> Value
    ) async throws(StoreError) -> Value {
        try await disk.run { [folder] () throws(StoreError) in
            do throws(FileTrouble) { return try body(folder) } catch { throw error.error(of: "carry") }
        }
    }
}
