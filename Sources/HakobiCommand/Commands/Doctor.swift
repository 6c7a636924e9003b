import ArgumentParser
import Hakobi
import HakobiPrograms

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
            findings += try await roles.doctor?.examine() ?? []
            do { findings += try await Self.judge(roles) } catch let error as StoreError where Self.isFinding(error) {
                findings.append(.fail("store", error.description))
            }
        }
        findings += location.paths.flatMap(FileFacts.findings(path:))
        if let spill = try store.spill(in: program) { findings += try FileFacts.findings(spill: spill.path) }
        for finding in findings { if json { Output.print(finding.json) } else { Output.print(finding.line) } }
        let failed = findings.count { $0.level == .fail }
        if failed > 0 { throw CommandFailure(.unhealthy, "\(failed) of \(findings.count) checks failed") }
    }

    private static func judge(_ roles: StoreRoles) async throws -> [Finding] {
        let schema = try await roles.schema?.schemaVersion()
        // Tables that are not there, or not of this release, cannot be read.
        if let schema, schema.found < schema.expected { return [Diagnosis.schema(schema)] }
        let before = WallClock.now()
        let stats = try await roles.need(\.reader, to: "be looked at").stats()
        let facts = StoreFacts(
            schema: schema, stats: stats, paused: try await roles.queues?.pausedQueues() ?? [],
            workers: try await roles.registry?.workers() ?? [], owners: try await roles.registry?.owners() ?? [],
            clockSkew: Self.skew(of: stats.takenAt, between: before, and: WallClock.now()))
        return Diagnosis.findings(facts)
    }

    /// What the store is, not whether it can be reached.
    private static func isFinding(_ error: StoreError) -> Bool {
        switch error.reason {
        case .schema, .readOnly, .corrupt: true
        default: false
        }
    }

    /// How far a moment of the store's clock is from all of this machine's in which it may have been read.
    static func skew(of moment: Timestamp, between before: Timestamp, and after: Timestamp) -> Duration {
        moment < before ? moment - before : moment > after ? moment - after : .zero
    }
}
