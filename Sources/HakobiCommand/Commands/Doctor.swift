import ArgumentParser
import Hakobi

struct Doctor: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Look the store and its workers over, and say what to do.",
        discussion: "Exit status 0 when nothing failed, 3 otherwise, 69 when the store cannot be opened.")
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object a finding.") var json = false

    func run(in program: Program) async throws {
        let location = try store.location(in: program)
        var findings: [Finding] = []
        try await store.withStore(in: program, .use) { roles in
            findings.append(.ok("store", "\(location) opens"))
            findings += Diagnosis.findings(try await Self.facts(roles))
        }
        if location.isFile { findings += FileFacts.findings(path: location.path) }
        for finding in findings { if json { Output.print(finding.json) } else { Output.print(finding.line) } }
        let failed = findings.count { $0.level == .fail }
        if failed > 0 { throw CommandFailure(.unhealthy, "\(failed) of \(findings.count) checks failed") }
    }

    private static func facts(_ roles: StoreRoles) async throws -> StoreFacts {
        let stats = try await roles.need(\.reader, to: "be looked at").stats()
        let now = WallClock.now()
        return StoreFacts(
            schema: try await roles.schema?.schemaVersion(), stats: stats,
            paused: try await roles.queues?.pausedQueues() ?? [],
            workers: try await roles.registry?.workers() ?? [], owners: try await roles.registry?.owners() ?? [],
            clockSkew: stats.takenAt - now)
    }
}
