package import HakobiCore

/// `KIND=COMMAND`: which program runs the jobs of a kind.
package struct ExecRule: Sendable, Hashable {
    package let kind: Kind
    /// Handed to `/bin/sh -c`.
    package let command: String

    package init(kind: Kind, command: String) {
        self.kind = kind
        self.command = command
    }
}
