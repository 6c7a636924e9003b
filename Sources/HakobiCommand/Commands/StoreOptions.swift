import ArgumentParser
import Hakobi

/// Which store: the flags that every command has.
struct StoreOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The store, such as sqlite:hakobi.db.", valueName: "url"))
    var store: String?

    @Option(
        name: .customLong("maildir"),
        help: ArgumentHelp("A Maildir whose mails are jobs of a kind; may be repeated.", valueName: "kind=path"))
    var maildirs: [String] = []

    @Option(name: .long, help: ArgumentHelp("The settings file.", valueName: "file"))
    var config: String?

    var layer: SettingsLayer {
        var layer: SettingsLayer = [:]
        if let store { layer[.store] = RawSetting(texts: [store], origin: .flag("--store")) }
        if !maildirs.isEmpty { layer[.maildirs] = RawSetting(texts: maildirs, origin: .flag("--maildir")) }
        return layer
    }

    /// The store's place after flags, environment, file and default.
    func location(in program: Program) throws(CommandFailure) -> StoreLocation {
        let sources = SettingsSources(flags: layer, config: config, environment: program.environment)
        var reader = SettingsReader(layers: sources.layers)
        let setting = reader.store()
        // Only what concerns the store stops a command that asks nothing else of the settings; `check` shows the rest.
        guard reader.problems.isEmpty else { throw CommandFailure(.usage, reader.problems) }
        if setting.origin == .default, !sources.problems.isEmpty { throw CommandFailure(.usage, sources.problems) }
        return setting.value
    }

    /// Opens the store, runs `body`, and closes it on every path.
    func withStore<Value>(
        in program: Program, _ intent: StoreIntent, _ body: (StoreRoles) async throws -> Value
    ) async throws -> Value {
        let roles = try await StoreOpener.open(try location(in: program), intent)
        do {
            let value = try await body(roles)
            await roles.close()
            return value
        } catch {
            await roles.close()
            throw error
        }
    }
}

extension StoreRoles {
    /// A role, or a sentence that says what this store cannot do.
    func need<Role>(_ role: KeyPath<StoreRoles, Role?>, to task: String) throws(CommandFailure) -> Role {
        guard let found = self[keyPath: role] else { throw CommandFailure(.failed, "this store cannot \(task)") }
        return found
    }
}
