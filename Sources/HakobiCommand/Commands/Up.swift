import ArgumentParser

struct Up: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Run the service: worker processes that carry out jobs.",
        discussion: """
            Signals: TERM and INT drain and exit, a second one cuts; HUP rolls to the program and settings now on disk; \
            TSTP claims no more, CONT claims again; TTIN and TTOU one process more and less; USR1 logs the state; USR2 \
            starts a new service beside this one, which then drains.
            """)
    @OptionGroup var settings: SettingsFlags

    var isService: Bool { true }

    func run(in program: Program) async throws {
        try await Service(program: program, flags: settings).run()
    }
}
