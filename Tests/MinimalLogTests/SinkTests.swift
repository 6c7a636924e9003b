import Foundation
import Glibc
import MinimalLog
import Synchronization
import Testing

@Suite("Sinks", .timeLimit(.minutes(2)))
struct SinkTests {
    fileprivate func log(_ sink: any MinimalLog.Sink, _ text: String) {
        MinimalLog.with {
            $0.sink = sink
        } run: {
            infof(text, file: "a", line: 1)
        }
    }

    private func messages(_ text: String) -> [String] {
        text.split(separator: "\n").map { String($0.split(separator: "] ")[1].split(separator: " at ")[0]) }
    }

    @Test("A file is appended to, not made anew, and only its owner and group read it")
    func appends() throws {
        let folder = try Folder()
        for text in ["a", "b"] { log(try MinimalLog.FileSink(path: "\(folder.path)/log"), text) }
        #expect(messages(try folder.text("log")) == ["a", "b"])
        var status = stat()
        #expect(stat("\(folder.path)/log", &status) == 0 && status.st_mode & 0o027 == 0)
    }

    @Test("A file that cannot be opened is an error that says which and why")
    func refused() throws {
        let path = "\(try Folder().path)/nowhere/log"
        let error = #expect(throws: MinimalLog.FileError.self) { try MinimalLog.FileSink(path: path) }
        #expect(error?.description == "cannot open the log '\(path)': No such file or directory")
    }

    @Test("A file moved away is begun anew by reopen(), and the old one goes on where that fails")
    func reopen() throws {
        let folder = try Folder()
        let sink = try MinimalLog.FileSink(path: "\(folder.path)/in/log".replacing("/in/", with: "/"))
        log(sink, "1")
        try FileManager.default.moveItem(atPath: "\(folder.path)/log", toPath: "\(folder.path)/old")
        log(sink, "2")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/log", withIntermediateDirectories: false)
        #expect(throws: MinimalLog.FileError.self) { try sink.reopen() }
        log(sink, "3")
        try FileManager.default.removeItem(atPath: "\(folder.path)/log")
        try sink.reopen()
        log(sink, "4")
        #expect(messages(try folder.text("old")) == ["1", "2", "3"])
        #expect(messages(try folder.text("log")) == ["4"])
    }

    @Test("A sink that follows moves needs nobody to tell it")
    func follows() async throws {
        let folder = try Folder()
        let path = folder.path
        let sink = try MinimalLog.FileSink(path: "\(path)/log", followsMoves: true)
        log(sink, "0")
        try FileManager.default.moveItem(atPath: "\(path)/log", toPath: "\(path)/old")
        var number = 0
        while !FileManager.default.fileExists(atPath: "\(path)/log") {
            number += 1
            log(sink, "\(number)")
            try await Task.sleep(for: .milliseconds(20))
        }
        let all = try ["old", "log"].flatMap { messages(try folder.text($0)) }
        #expect(all == (0...number).map(String.init))
    }

    @Test("A full disk costs lines, which are counted and told of when there is room")
    func full() throws {
        let folder = try Folder()
        let link = "\(folder.path)/log"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/full")
        let sink = try MinimalLog.FileSink(path: link)
        for text in ["a", "b", "c"] { log(sink, text) }
        #expect(sink.takeLoss() == nil)
        try FileManager.default.removeItem(atPath: link)
        try sink.reopen()
        log(sink, "d")
        log(sink, "e")
        #expect(messages(try folder.text("log")) == ["d", "3 lines were lost: No space left on device", "e"])
    }

    @Test("A line cut off by a full disk stands alone")
    func torn() throws {
        let folder = try Folder()
        let process = try fixture("full", "\(folder.path)/log")
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let text = try folder.text("log")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let kept = lines.prefix { $0.contains("lazy dog at Writer.swift") }.count
        #expect(kept > 20 && kept < 200)
        // One torn line, the line after it, what was lost, the last, and the end of the text.
        #expect(lines.count == kept + 5 && lines[kept].utf8.count < lines[0].utf8.count)
        #expect(lines[kept + 1].contains("[INFO] room again at"))
        #expect(lines[kept + 2].contains("[WARN] \(200 - kept) lines were lost: File too large at"))
        #expect(lines[kept + 3].contains("[INFO] and on at") && lines[kept + 4].isEmpty)
    }

    @Test("A pipe without a reader costs lines, not the process; a full one that does not block is waited for")
    func pipes() throws {
        var ends: [Int32] = [0, 0]
        signal(SIGPIPE, SIG_IGN)
        #expect(pipe(&ends) == 0)
        #expect(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        let sink = MinimalLog.DescriptorSink(ends[1])
        #expect(sink.lineLimit == 4096 && sink.surface == .other)
        let reader = FileHandle(fileDescriptor: ends[0], closeOnDealloc: false)
        let read = Thread {
            // Ends with the pipe.
            while !reader.availableData.isEmpty {}
        }
        read.start()
        for _ in 0..<1000 { log(sink, String(repeating: "x", count: 1000)) }
        #expect(sink.takeLoss() == nil)
        close(ends[1])
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let alone = MinimalLog.DescriptorSink(ends[1])
        log(alone, "into nothing")
        close(ends[1])
    }
}

extension SinkTests {
    @Test("A reader that hangs is waited for once, not for each line")
    func hangs() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        #expect(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        let sink = MinimalLog.DescriptorSink(ends[1])
        let start = ContinuousClock.now
        for number in 0..<200 { log(sink, "\(number) \(String(repeating: "x", count: 1000))") }
        #expect(ContinuousClock.now - start < .seconds(30))
        close(ends[1])
        let text = String(decoding: try FileHandle(fileDescriptor: ends[0]).readToEnd() ?? Data(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count < 70 && lines.allSatisfy { $0.hasSuffix("x at a line 1") })
        close(ends[0])
    }
}

@Suite("Encodings")
struct EncodingTests {
    final class Bytes: MinimalLog.Sink {
        private let kept = Mutex<[UInt8]>([])
        var all: [UInt8] { kept.withLock { $0 } }
        func write(_ line: Span<UInt8>) {
            let bytes = line.withUnsafeBytes { Array($0) }
            kept.withLock { $0 += bytes }
        }
    }

    @Test("EUC-JP's bytes, and escapes for what it has not")
    func japanese() throws {
        let bytes = Bytes()
        let sink = try MinimalLog.EncodedSink("EUC-JP", to: bytes)
        _ = logged({ $0.sink = sink }) { infof("長い道🛸", file: "a", line: 1) }
        let message: [UInt8] = [0xC4, 0xB9, 0xA4, 0xA4, 0xC6, 0xBB]
        #expect(
            bytes.all == Array("2011-06-10T17:41:59 [INFO] ".utf8) + message + Array("\\u{1f6f8} at a line 1\n".utf8))
    }

    @Test("An encoding with shifts is back in ASCII at the end of each line")
    func shifts() throws {
        let bytes = Bytes()
        let sink = try MinimalLog.EncodedSink("ISO-2022-JP", to: bytes)
        _ = logged({ $0.sink = sink }) { for text in ["長", "a"] { infof(text, file: "a", line: 1) } }
        let message: [UInt8] = [0x1B, 0x24, 0x42, 0x44, 0x39, 0x1B, 0x28, 0x42]
        let start = Array("2011-06-10T17:41:59 [INFO] ".utf8), end = Array(" at a line 1\n".utf8)
        #expect(bytes.all == start + message + end + start + Array("a".utf8) + end)
    }

    @Test("An encoding that does not exist is an error")
    func unknown() {
        let error = #expect(throws: MinimalLog.EncodingError.self) {
            try MinimalLog.EncodedSink("EUC-JPP", to: Bytes())
        }
        #expect(error?.description == "no encoding 'EUC-JPP' (iconv --list shows all)")
    }
}
