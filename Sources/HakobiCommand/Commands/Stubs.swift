import ArgumentParser

struct Watch: Verb { func run(in program: Program) async throws {} }
struct Doctor: Verb { func run(in program: Program) async throws {} }
