import ArgumentParser
import HakobiPrograms

struct Version: Verb {
    static let configuration = CommandConfiguration(abstract: "Print the version of Hakobi and of this program.")
    @Flag(help: "Print one JSON object.") var json = false

    /// The release of the package.
    static let hakobi = "0.1.0"

    func run(in program: Program) async throws {
        if json {
            Output.print(
                .object([
                    ("hakobi", .string(Self.hakobi)), ("program", .string(program.name)),
                    ("release", .string(program.release)),
                ]))
        } else {
            Output.print("\(program.name) \(program.release) (hakobi \(Self.hakobi))")
        }
    }
}
