internal import Glibc
public import HakobiCore
internal import HakobiDatabase

/// Puts a mail into a Maildir as a mail server does: written in `tmp`, flushed, linked into `new`, the folder flushed.
///
/// Nothing of a store is needed, so any process may deliver. Blocks while the disk writes.
public struct MaildirDelivery: Sendable {
    private let folder: MailboxFolder
    private let host: String

    /// A delivery into the Maildir at `path`, whose three folders are made when they are missing; `host` is for the files'
    /// names, the kernel's unless given. Throws one sentence when that cannot be a Maildir.
    public init(path: String, host: String? = nil) throws(StoreError) {
        self.init(MailboxFolder(path), host: host ?? Self.hostName())
        do throws(FileTrouble) {
            for path in [folder.root, folder.tmp, folder.new, folder.cur] { try Files.makeDirectory(path) }
        } catch {
            throw error.error(of: "deliver")
        }
    }

    init(_ folder: MailboxFolder, host: String) {
        self.folder = folder
        self.host = host
    }

    /// Delivers one mail as it is, and answers the job's id, which its file's name tells. Durable once answered.
    ///
    /// With `returnPath` or `recipient`, `Return-Path` and `Delivered-To` are put before it, as mail servers do, before those it has.
    @discardableResult
    public func deliver(
        _ mail: some Collection<UInt8>, returnPath: String? = nil, recipient: String? = nil
    ) throws(StoreError) -> JobID {
        try deliver(behind: Self.trace(returnPath, recipient)) { file, path throws(FileTrouble) in
            try Files.write(mail, to: file, path)
        }
    }

    /// The same for a mail that is read from a descriptor until its end: for pipes. A mail that breaks off is not delivered.
    ///
    /// Nothing is put before a mail that begins with the same `Return-Path` and `Delivered-To`, and an mbox's `From ` line is
    /// left out: so what Postfix and qmail hand to programs comes to the same.
    @discardableResult
    public func deliver(
        from input: Int32, returnPath: String? = nil, recipient: String? = nil
    ) throws(StoreError) -> JobID {
        _ = try Self.trace(returnPath, recipient)
        return try deliver(behind: []) { file, path throws(FileTrouble) in
            let beginning = try Self.read(input, 1 << 16, for: path)
            let top = MailTop(of: beginning, returnPath: returnPath, recipient: recipient)
            try Files.write(top.lines.utf8, to: file, path)
            try Files.write(beginning[top.skipped...], to: file, path)
            try Self.copy(input, to: file, path)
        }
    }

    private func deliver(
        behind trace: [UInt8], _ write: (_ file: Int32, _ path: String) throws(FileTrouble) -> Void
    ) throws(StoreError) -> JobID {
        let name = MailName.make(at: StoreClock.host.wall(), host: host)
        do throws(FileTrouble) {
            try put(name) { file, path throws(FileTrouble) in
                try Files.write(trace, to: file, path)
                try write(file, path)
            }
            try Files.flush(directory: folder.new)
        } catch {
            throw error.error(of: "deliver")
        }
        return MailName(name).id
    }

    /// Written and flushed in `tmp`, then linked into `new`: a name there is a whole mail on the disk, or none. The folder is
    /// the caller's to flush.
    func put(
        _ name: String, _ write: (_ file: Int32, _ path: String) throws(FileTrouble) -> Void
    ) throws(FileTrouble) {
        try prepare(name, write)
        defer { discard(name) }
        try publish(name)
    }

    /// Written and flushed in `tmp`, where nobody looks for it.
    func prepare(
        _ name: String, _ write: (_ file: Int32, _ path: String) throws(FileTrouble) -> Void
    ) throws(FileTrouble) {
        let path = "\(folder.tmp)/\(name)"
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw FileTrouble("create", path) }
        defer { close(file) }
        do throws(FileTrouble) {
            if geteuid() == 0 {
                let folder = open(folder.tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                try Files.giveAway(file, path, likeThatOf: folder)
            }
            try write(file, path)
            guard fsync(file) == 0 else { throw FileTrouble("flush", path) }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Into `new`, where somebody may have it at once.
    func publish(_ name: String) throws(FileTrouble) {
        let (path, place) = ("\(folder.tmp)/\(name)", "\(folder.new)/\(name)")
        guard link(path, place) != 0 else { return }
        // No hard links here (vfat, some overlays): the name is ours alone, so nothing can be overwritten.
        guard errno != EEXIST, rename(path, place) == 0 else { throw FileTrouble("deliver to \(folder.new)", path) }
    }

    /// What was prepared goes; after `publish`, only its first name does.
    func discard(_ name: String) { unlink("\(folder.tmp)/\(name)") }

    private static func copy(_ input: Int32, to file: Int32, _ path: String) throws(FileTrouble) {
        while true {
            let bytes = try read(input, 1 << 16, for: path)
            guard !bytes.isEmpty else { return }
            try Files.write(bytes, to: file, path)
        }
    }

    /// The next `count` bytes; fewer only at the end.
    private static func read(_ input: Int32, _ count: Int, for path: String) throws(FileTrouble) -> [UInt8] {
        var number: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            while used < buffer.count {
                let got = Glibc.read(input, buffer.baseAddress! + used, buffer.count - used)
                if got < 0, errno == EINTR { continue }
                if got < 0 { number = errno }
                guard got > 0 else { return }
                used += got
            }
        }
        guard number == 0 else { throw FileTrouble("read the mail for", path, number: number) }
        return bytes
    }

    private static func trace(_ returnPath: String?, _ recipient: String?) throws(StoreError) -> [UInt8] {
        var lines = ""
        for address in [returnPath, recipient].compactMap({ $0 }) {
            let isPlain = address.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            guard isPlain else {
                throw StoreError(
                    .unsuitable, operation: "deliver",
                    "deliver: an address holds a control character: it would be another line of the mail's head",
                    isTransient: false)
            }
        }
        if let returnPath { lines += "Return-Path: <\(returnPath)>\n" }
        if let recipient { lines += "Delivered-To: \(recipient)\n" }
        return Array(lines.utf8)
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, 255)
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.isEmpty ? "localhost" : name
    }
}
