import Foundation
import Testing

/// What a reader would have: the example built as a package of its own, and used by its commands only.
///
/// `make test` builds it beforehand: `swift build --package-path Examples/Hello`.
@Suite("The hello of the README", .timeLimit(.minutes(2)))
struct HelloTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Examples/Hello")

    @Test("greets from a worker process")
    func preforked() async throws {
        let place = try Scratch()
        let id = try hello(["enqueue", "greet", #"{"name":"world"}"#], in: place).output
        let service = try hello(["up", "--once", "--processes", "2"], in: place)
        #expect(service.status == 0)
        #expect(service.errors.contains("Hello, world!"))
        let job = try hello(["show", id.trimmingCharacters(in: .newlines), "--json"], in: place).output
        #expect(job.contains(#""state":"completed""#))
        #expect(job.contains(#""generation":1"#), "it ran in a worker process of the first generation: \(job)")
    }

    @Test("has the commands of the tool")
    func commands() throws {
        let help = try hello(["--help"], in: try Scratch()).output
        for verb in ["up", "enqueue", "jobs", "show", "retry", "cancel", "stats", "ps"] { #expect(help.contains(verb)) }
    }

    private func hello(_ arguments: [String], in place: Scratch) throws -> (
        status: Int32, output: String, errors: String
    ) {
        let program = Self.package.appending(path: ".build/debug/hello")
        try #require(
            FileManager.default.isExecutableFile(atPath: program.path(percentEncoded: false)),
            "build it first: swift build --package-path Examples/Hello")
        let process = Process()
        // The time limit of a test cannot end a program; this can.
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = ["60", program.path(percentEncoded: false)] + arguments
        process.currentDirectoryURL = place.url
        process.environment = ["PATH": "/usr/bin:/bin"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try place.file("output")
        process.standardError = try place.file("errors")
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try place.text("output"), try place.text("errors"))
    }
}
