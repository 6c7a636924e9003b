import ArgumentParser
import Hakobi
import HakobiPrograms

struct PS: Verb {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List the processes that work on this store, and what each is doing.")
    @OptionGroup(title: "Store") var store: StoreOptions
    @Flag(help: "Print one JSON object a process.") var json = false

    func run(in program: Program) async throws {
        try await store.withStore(in: program, .use) { roles in
            let workers = try await roles.need(\.registry, to: "list processes").workers()
            let lines = ProcessLine.all(of: workers, now: WallClock.now())
            if json { for line in lines { Output.print(line.json) } } else { ProcessLine.table(lines).print() }
        }
    }
}
