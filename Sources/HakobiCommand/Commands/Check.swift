import ArgumentParser
import Hakobi
import HakobiPrograms

struct Check: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Show every setting with its origin and all problems at once; look at the store.",
        discussion: "Takes the flags of up. Exit status 0 when a service could start with them, 1 otherwise.")
    @OptionGroup var settings: SettingsFlags
    @Flag(help: "Print one JSON object.") var json = false

    func run(in program: Program) async throws {
        let settings = settings.read(in: program)
        var problems = ServicePlan.problems(settings, in: program)
        let store = await Self.look(at: settings.store.value)
        if case .failure(let sentence) = store { problems.append(sentence) }
        if json { print(settings, store, problems) } else { printText(settings, store) }
        if !problems.isEmpty { throw CommandFailure(.failed, json ? [] : problems) }
    }

    enum StoreState {
        case schema(found: Int, expected: Int)
        case open
        case stillToBeMade
        case failure(String)

        var text: String {
            switch self {
            case .schema(let found, let expected) where found == expected: "open, schema \(found)"
            case .schema(let found, let expected): "open, schema \(found) of \(expected): `migrate` brings it up"
            case .open: "open"
            case .stillToBeMade: "not there yet; a service makes it when it starts"
            case .failure(let sentence): sentence
            }
        }
    }

    /// What is not there is not made, and an old schema stays.
    private static func look(at location: StoreLocation) async -> StoreState {
        do {
            guard try !StoreOpener.isStillToBeMade(location) else { return .stillToBeMade }
            let roles = try await StoreOpener.open(location, .look)
            let version = try await roles.schema?.schemaVersion()
            await roles.close()
            return version.map { .schema(found: $0.found, expected: $0.expected) } ?? .open
        } catch let failure as CommandFailure {
            return .failure(failure.sentences.joined(separator: "; "))
        } catch {
            return .failure("\(error)")
        }
    }

    private func printText(_ settings: Settings, _ store: StoreState) {
        var table = Table(["SETTING", "VALUE", "ORIGIN"])
        for setting in settings.effective { table.add([setting.key.name, setting.text, setting.origin.description]) }
        table.print()
        Output.print("\n\(settings.store.value): \(store.text)")
    }

    private func print(_ settings: Settings, _ store: StoreState, _ problems: [String]) {
        let values = settings.effective.map { setting -> JSONValue in
            .object([
                ("name", .string(setting.key.name)), ("value", .string(setting.text)),
                ("origin", .text(setting.origin)),
            ])
        }
        Output.print(
            .object([
                ("ok", .bool(problems.isEmpty)), ("settings", .array(values)), ("store", .string(store.text)),
                ("problems", .array(problems.map(JSONValue.string))),
            ]))
    }
}
