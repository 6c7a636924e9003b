internal import Glibc

/// Why something of the supervisor's could not be had.
package enum SupervisorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A system call failed with this `errno`.
    case system(String, Int32)

    package var description: String {
        switch self {
        case .system(let call, let number): "\(call): \(String(cString: strerror(number)))"
        }
    }
}
