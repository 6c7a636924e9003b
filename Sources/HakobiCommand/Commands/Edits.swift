import ArgumentParser
import Hakobi
import HakobiPrograms

struct Retry: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Make dead and cancelled jobs available again; a waiting one becomes due now.")
    @OptionGroup var edit: EditFlags

    func run(in program: Program) async throws {
        try await edit.run(in: program) { editor, ids in try await editor.retry(ids) }
    }
}

struct Cancel: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Cancel jobs: waiting ones at once, running ones by asking their holder.")
    @OptionGroup var edit: EditFlags

    func run(in program: Program) async throws {
        try await edit.run(in: program) { editor, ids in try await editor.cancel(ids) }
    }
}

struct Delete: Verb {
    static let configuration = CommandConfiguration(abstract: "Remove jobs that are not running, with their history.")
    @OptionGroup var edit: EditFlags

    func run(in program: Program) async throws {
        try await edit.run(in: program) { editor, ids in try await editor.delete(ids) }
    }
}

/// Which jobs to edit: named by id, or by a filter.
struct EditFlags: ParsableArguments {
    @Argument(help: "The jobs' ids.") var ids: [String] = []
    @OptionGroup(title: "Instead of ids") var filter: FilterFlags
    @Flag(help: "All jobs of the store.") var all = false
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object a job.") var json = false

    typealias Edit = (any JobEditor, [JobID]) async throws -> [EditReceipt]

    func run(in program: Program, _ edit: Edit) async throws {
        var flags = FlagReader()
        let ids = ids.compactMap { flags.read($0, "id", Reading.jobID) }
        let filter = self.filter.read(&flags)
        let ways = [!self.ids.isEmpty, !self.filter.isEmpty, all].count { $0 }
        if ways != 1 { flags.problems.append("say which jobs: ids, or --state, --queue and --kind, or --all") }
        try flags.check()
        let refused = try await store.withStore(in: program, .use) { roles in
            let editor = try roles.need(\.editor, to: "change jobs")
            if !ids.isEmpty { return try await apply(edit, editor, ids) }
            var refused = 0
            let reader = try roles.need(\.reader, to: "list jobs")
            try await JobPages(reader: reader, filter: filter).forEach(limit: 0, before: nil) { page in
                refused += try await apply(edit, editor, page.map(\.id))
            }
            return refused
        }
        if refused > 0 {
            throw CommandFailure(.failed, "\(counted(refused, "job was", "jobs were")) not changed")
        }
    }

    private func apply(_ edit: Edit, _ editor: any JobEditor, _ ids: [JobID]) async throws -> Int {
        var refused = 0
        for (id, receipt) in zip(ids, try await edit(editor, ids)) {
            let (word, isDone) = Self.word(receipt)
            if !isDone { refused += 1 }
            if json {
                Output.print(.object([("id", .text(id)), ("result", .string(word)), ("changed", .bool(isDone))]))
            } else {
                Output.print("\(id)  \(word)")
            }
        }
        return refused
    }

    private static func word(_ receipt: EditReceipt) -> (String, isDone: Bool) {
        switch receipt {
        case .done: ("done", true)
        case .requested: ("requested", true)
        case .notFound: ("not found", false)
        case .refused(let state): ("refused: it is \(state)", false)
        }
    }
}
