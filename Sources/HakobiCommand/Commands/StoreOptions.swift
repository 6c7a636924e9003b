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
        try setting(in: program, layer) { reader in reader.store() }
    }

    /// The spill's place in the same way, where somebody has named one; `flag` is the command's own.
    func spill(_ flag: String? = nil, in program: Program) throws(CommandFailure) -> SpillPlace? {
        var layer = layer
        if let flag { layer[.spill] = RawSetting(texts: [flag], origin: .flag("--spill")) }
        return try setting(in: program, layer) { reader in reader.spill() }
    }

    private func setting<Value>(
        in program: Program, _ layer: SettingsLayer, _ read: (inout SettingsReader) -> Setting<Value>
    ) throws(CommandFailure) -> Value {
        let sources = SettingsSources(flags: layer, config: config, environment: program.environment)
        var reader = SettingsReader(layers: sources.layers)
        let setting = read(&reader)
        // Only what is asked for stops a command that asks nothing else of the settings; `check` shows the rest.
        guard reader.problems.isEmpty else { throw CommandFailure(.usage, reader.problems) }
        if setting.origin == .default, !sources.problems.isEmpty { throw CommandFailure(.usage, sources.problems) }
        return setting.value
    }

    /// Opens the store, runs `body`, and closes it on every path. With `orAway`, one that does not answer now is opened too:
    /// each of its methods throws why.
    func withStore<Value>(
        in program: Program, _ intent: StoreIntent, orAway: Bool = false, _ body: (StoreRoles) async throws -> Value
    ) async throws -> Value {
        let location = try location(in: program)
        let roles =
            orAway ? try await StoreOpener.openOrAway(location, intent) : try await StoreOpener.open(location, intent)
        return try await roles.closing(after: body)
    }
}

extension StoreRoles {
    /// Runs `body`, and closes the store on every path.
    func closing<Value>(after body: (StoreRoles) async throws -> Value) async throws -> Value {
        do {
            let value = try await body(self)
            await close()
            return value
        } catch {
            await close()
            throw error
        }
    }

    /// A role, or a sentence that says what this store cannot do.
    func need<Role>(_ role: KeyPath<StoreRoles, Role?>, to task: String) throws(CommandFailure) -> Role {
        guard let found = self[keyPath: role] else { throw CommandFailure(.failed, "this store cannot \(task)") }
        return found
    }
}
