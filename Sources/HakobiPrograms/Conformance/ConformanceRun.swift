/// Drives a worker program through every check, each with a program of its own.
package struct ConformanceRun {
    private let command: String
    private let environment: [String]

    /// `command` is run by /bin/sh.
    package init(_ command: String, environment: [String: String]) {
        self.command = command
        self.environment = ProgramEnvironment.inherited(environment)
    }

    /// Hands each finding on as a line; `true` when nothing failed.
    package func perform(_ say: (String) -> Void) -> Bool {
        var (passed, failed, skipped) = (0, 0, 0)
        for check in ConformanceCheck.all {
            do {
                if let missing = try perform(check) {
                    skipped += 1
                    say("skipped  \(check.name) (it handles no kind \"\(missing)\")")
                } else {
                    passed += 1
                    say("ok       \(check.name)")
                }
            } catch {
                failed += 1
                say("FAILED   \(check.name): \(error)")
            }
        }
        say("\(passed) ok, \(failed) failed, \(skipped) skipped")
        return failed == 0
    }

    /// A kind that the check needs and the program does not handle; `nil` when all is well.
    private func perform(_ check: ConformanceCheck) throws -> String? {
        var drive = try TestDrive(command, environment)
        try drive.greet()
        for kind in check.kinds where !drive.handles(kind) { return kind }
        try check.run(&drive)
        return nil
    }
}
