internal import Glibc

/// What a parent started by USR2 got from the one it replaces.
package struct UpgradeHandshake: Sendable, Hashable {
    static let descriptorVariable = "HAKOBI_READY_FD"
    static let replacesVariable = "HAKOBI_REPLACES"

    /// The parent that waits for this one.
    package let replaces: Int32
    /// Where this one says that it is up.
    let descriptor: Int32

    /// What this process inherited, if it was started to replace another. Both variables must go from the environment
    /// then, lest a child of this one believes itself to be a replacement.
    package static func inherited(environment: [String: String]) -> UpgradeHandshake? {
        guard let replaces = environment[replacesVariable].flatMap({ Int32($0) }),
            let descriptor = environment[descriptorVariable].flatMap({ Int32($0) }), descriptor > 2,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { return nil }
        return UpgradeHandshake(replaces: replaces, descriptor: descriptor)
    }

    /// Both variables, to be removed from any environment that is handed on.
    package static let variables = [descriptorVariable, replacesVariable]

    /// Lets the old parent go. Nobody there to read is no error: then there is nobody to replace.
    func announce() {
        var byte: UInt8 = 1
        _ = write(descriptor, &byte, 1)
        close(descriptor)
    }
}
