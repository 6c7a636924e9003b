import Foundation
import Synchronization
import Testing

@testable import HakobiPrograms

@Suite("The conformance program", .serialized, .timeLimit(.minutes(5)))
struct ConformanceTests {
    private func run(_ command: String) -> (isGood: Bool, text: String) {
        var lines: [String] = []
        let run = ConformanceRun(command, environment: ProcessInfo.processInfo.environment)
        return (run.perform { lines.append($0) }, lines.joined(separator: "\n"))
    }

    @Test(arguments: ["python3 worker.py", "ruby worker.rb", "perl worker.pl", "php worker.php", "sh worker.sh"])
    func everyExamplePasses(_ command: String) {
        let (isGood, text) = run("cd \(Place.root)/Examples/workers && exec \(command)")
        #expect(isGood && text.hasSuffix("16 ok, 0 failed, 0 skipped"), "\(text)")
    }

    @Test func theExamplesAreShort() throws {
        let folder = "\(Place.root)/Examples/workers"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix("worker.") {
            let lines = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 60, "\(name) has \(lines.count) lines")
        }
    }

    @Test func theHowToShowsWhatIsTested() throws {
        let page = try String(contentsOfFile: "\(Place.root)/docs/how-to/write-a-worker.md", encoding: .utf8)
        let worker = try String(contentsOfFile: "\(Place.root)/Examples/workers/worker.py", encoding: .utf8)
        let blocks = page.components(separatedBy: "```python\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks.count == 2)
        for block in blocks where !block.isEmpty { #expect(worker.contains(block), "\(block)") }
    }

    @Test func aProgramWithoutTheKnownKindsIsNotGivenJobs() {
        let (isGood, text) = run(Place.misbehaving("none"))
        #expect(
            isGood && text.contains("skipped  completes a job with a result (it handles no kind \"echo\")"), "\(text)")
    }

    @Test func whatIsWrongIsSaidInALine() {
        let (isGood, text) = run("printf 'Welcome!\\n'; sleep 100")
        #expect(
            !isGood && text.contains("FAILED   says hello: expected a hello; came: it wrote a line that is no message"))
        let (_, died) = run("echo no database >&2; exit 3")
        #expect(
            died.contains("FAILED   says hello: expected a hello; came: it left with exit code 3: no database"),
            "\(died)")
    }

    /// `cat` says our own hello back; each of these would fail every check with the same sentence.
    @Test(arguments: [("cat", "its hello names no version"), ("false", "it left with exit code 1")])
    func withoutAHelloNothingElseIsRun(_ command: String, _ why: String) {
        let (isGood, text) = run(command)
        #expect(!isGood)
        #expect(
            text == """
                FAILED   says hello: expected a hello; came: \(why)
                0 ok, 1 failed, 0 skipped, 15 not run: no hello
                """)
    }
}
