import Foundation
import Glibc
import MinimalLog
import Testing

@Suite("Many processes", .serialized, .timeLimit(.minutes(2)))
struct ProcessTests {
    private static let processes = 16
    private static let lines = 10_000

    /// Whether the lines are whole, and each writer's are all there, once.
    private func check(_ text: String, count: Int, width: Int) {
        var seen: [Substring: [Bool]] = [:]
        var wrong = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Substring.init)
            guard words.count == 9, words[1] == "[INFO]", let number = Int(words[3]), (0..<count).contains(number),
                words[4].utf8.count == number * 37 % width, words[5...7] == ["at", "Writer.swift", "line"],
                !seen[words[2], default: Array(repeating: false, count: count)][number]
            else {
                wrong += 1
                continue
            }
            seen[words[2], default: Array(repeating: false, count: count)][number] = true
        }
        #expect(wrong == 0)
        #expect(seen.count == Self.processes && seen.values.allSatisfy { !$0.contains(false) })
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
        let last = FileManager.default.fileExists(atPath: path) ? ["log"] : []
        let all = try ((0..<moves).map { "log.\($0)" } + last).map { try folder.text($0) }.joined()
        check(all, count: Self.lines, width: 200)
    }

    @Test("16 × 1,000 lines up to what a pipe takes in one piece: none torn")
    func pipe() throws {
        // Not a Pipe, of which Process closes the end for writing with the first child.
        var ends: [Int32] = [0, 0]
        #expect(Glibc.pipe(&ends) == 0)
        let all = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let end = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
        let writers = try (0..<Self.processes).map { try fixture("pipe", "w\($0)", "1000", error: end) }
        for writer in writers { try writer.run() }
        close(ends[1])
        let text = String(decoding: try all.readToEnd() ?? Data(), as: UTF8.self)
        for writer in writers { writer.waitUntilExit() }
        check(text, count: 1000, width: 3000)
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

    @Test("Callers are told innermost first, and through a wrapper from where it was called")
    func callers() throws {
        let output = Pipe()
        let process = try fixture("stack", error: output)
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let places = text.split(separator: " at ").last?.split(separator: ", ") ?? []
        let lines = places.compactMap { $0.split(separator: " line ").last.flatMap { Int($0.filter(\.isNumber)) } }
        #expect(
            places.count == 4 && places[0].hasPrefix("Writer.swift line ") && places[3].hasPrefix("main.swift line "))
        // inner, middle and outer stand in the file from the last to the first.
        #expect(lines.count == 4 && lines[0] > lines[1] && lines[1] > lines[2])
    }
}
