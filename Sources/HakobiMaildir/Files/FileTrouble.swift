internal import Glibc
internal import HakobiCore

/// A system call that failed, where, and how; becomes a `StoreError` once somebody knows of which operation.
struct FileTrouble: Error {
    let doing: String
    let path: String
    let number: Int32

    /// By `errno`, which must still be that call's.
    init(_ doing: String, _ path: String) {
        self.doing = doing
        self.path = path
        number = errno
    }

    init(_ doing: String, _ path: String, number: Int32) {
        self.doing = doing
        self.path = path
        self.number = number
    }

    /// The next mail will fare no better.
    var isOfAll: Bool { [ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, EIO].contains(number) }

    /// Told to whoever called `operation`; everything a store does may be repeated, so `unknown` costs nobody anything.
    func error(of operation: String, effect: StoreError.Effect = .unknown) -> StoreError {
        let reason: StoreError.Reason =
            switch number {
            case ENOSPC, EDQUOT: .full
            case EROFS, EACCES, EPERM: .readOnly
            case ENOENT, ENOTDIR, EIO, ESTALE, ETIMEDOUT: .unreachable
            default: .internal
            }
        return StoreError(
            reason, operation: operation, "\(operation): cannot \(doing) \(path): \(String(cString: strerror(number)))",
            isTransient: reason != .readOnly, effect: effect)
    }
}
