import ArgumentParser

struct Up: Verb {
    static let configuration = CommandConfiguration(abstract: "Run the service: worker processes that carry out jobs.")
    @OptionGroup var settings: SettingsFlags

    func run(in program: Program) async throws {
        let settings = settings.read(in: program)
        _ = settings
    }
}
