import Foundation
import Glibc
import MinimalLog
import Testing

@Suite("Many processes", .serialized, .timeLimit(.minutes(2)))
struct ProcessTests {
    private static let processes = 16
    private static let lines = 10_000

    /// Whether the lines are whole, and each writer's are all there in their order.
    private func check(_ lines: [Substring], count: Int, width: Int) {
        var next: [Substring: Int] = [:]
        var torn = 0
        for line in lines {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 9, words[1] == "[INFO]", let number = Int(words[3]),
                words[5...7] == ["at", "Writer.swift", "line"],
                words[4].utf8.count == number * 37 % width, number == next[words[2], default: 0]
            else {
                torn += 1
                continue
            }
            next[words[2]] = number + 1
        }
        #expect(torn == 0)
        #expect(next.count == Self.processes && next.values.allSatisfy { $0 == count })
    }

    @Test("16 × 10,000 lines in one file that is moved away again and again: none torn, none lost")
    func file() async throws {
        let folder = try Folder()
        let path = "\(folder.path)/log"
        var writers: [(process: Process, go: Pipe)] = []
        for number in 0..<Self.processes {
            let ready = Pipe()
            let go = Pipe()
            let process = try fixture("write", path, "w\(number)", "\(Self.lines)", output: ready)
            process.standardInput = go
            try process.run()
            #expect(ready.fileHandleForReading.availableData == Data("ready\n".utf8))
            writers.append((process, go))
        }
        for writer in writers { try writer.go.fileHandleForWriting.write(contentsOf: Data("go\n".utf8)) }
        var moves = 0
        while writers.contains(where: \.process.isRunning) {
            try await Task.sleep(for: .milliseconds(50))
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileManager.default.moveItem(atPath: path, toPath: "\(path).\(moves)")
            moves += 1
            for writer in writers where writer.process.isRunning { kill(writer.process.processIdentifier, SIGUSR1) }
        }
        #expect(writers.allSatisfy { $0.process.terminationStatus == 0 } && moves > 1)
        var all: [Substring] = []
        let last = FileManager.default.fileExists(atPath: path) ? ["log"] : []
        for name in (0..<moves).map({ "log.\($0)" }) + last { all += try folder.text(name).split(separator: "\n") }
        #expect(all.count == Self.processes * Self.lines)
        check(all.sorted { Self.place($0) < Self.place($1) }, count: Self.lines, width: 200)
    }

    /// Files overlap while their writers move on one after the other; each writer's numbers say what is whole.
    private static func place(_ line: Substring) -> (Substring, Int) {
        let words = line.split(separator: " ", maxSplits: 4)
        return words.count > 3 ? (words[2], Int(words[3]) ?? -1) : ("", -1)
    }

    @Test("16 × 1,000 lines up to what a pipe takes in one piece: none torn")
    func pipe() throws {
        let all = Pipe()
        let writers = try (0..<Self.processes).map { try fixture("pipe", "w\($0)", "1000", error: all) }
        for writer in writers { try writer.run() }
        try all.fileHandleForWriting.close()
        let text = String(decoding: try all.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        for writer in writers { writer.waitUntilExit() }
        check(text.split(separator: "\n"), count: 1000, width: 3000)
    }

    @Test("What is not printed allocates nothing")
    func muted() throws {
        let output = Pipe()
        let process = try fixture("muted", output: output)
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n")
        print(text)
        #expect(lines.count == 8)
        for line in lines { #expect(line.contains(": 0 allocations, "), "\(line)") }
    }
}
