/// Drives a worker program through every check, each with a program of its own.
package struct ConformanceRun {
    private let command: String
    private let environment: [String]

    private enum Finding {
        case passed
        /// It does not handle a kind that the check needs.
        case skipped(kind: String)
        case failed(any Error)
    }

    /// `command` is run by /bin/sh.
    package init(_ command: String, environment: [String: String]) {
        self.command = command
        self.environment = ProgramEnvironment.inherited(environment)
    }

    /// Hands each finding on as a line, and a summary; `true` when nothing failed.
    ///
    /// Without a hello no other check is made: each would find the same.
    package func perform(_ say: (String) -> Void) -> Bool {
        let others = ConformanceCheck.others
        if case .failed = perform(.hello, say) {
            say("0 ok, 1 failed, 0 skipped, \(others.count) not run: no hello")
            return false
        }
        var (passed, failed, skipped) = (1, 0, 0)
        for check in others {
            switch perform(check, say) {
            case .passed: passed += 1
            case .skipped: skipped += 1
            case .failed: failed += 1
            }
        }
        say("\(passed) ok, \(failed) failed, \(skipped) skipped")
        return failed == 0
    }

    private func perform(_ check: ConformanceCheck, _ say: (String) -> Void) -> Finding {
        let finding = finding(of: check)
        switch finding {
        case .passed: say("ok       \(check.name)")
        case .skipped(let kind): say("skipped  \(check.name) (it handles no kind \"\(kind)\")")
        case .failed(let error): say("FAILED   \(check.name): \(error)")
        }
        return finding
    }

    private func finding(of check: ConformanceCheck) -> Finding {
        do {
            var drive = try TestDrive(command, environment)
            try drive.greet()
            for kind in check.kinds where !drive.handles(kind) { return .skipped(kind: kind) }
            try check.run(&drive)
            return .passed
        } catch {
            return .failed(error)
        }
    }
}
