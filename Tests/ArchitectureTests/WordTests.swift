import Foundation
import Testing

/// A word that the house does without, where, and why.
struct ForbiddenWord: Sendable {
    let pattern: String
    let reason: String
    /// Paths in which it is allowed begin so.
    var except: [String] = []
    /// A comment on the line or right above it makes it all right: the proof.
    var excusedByComment = false
    /// Only in these folders; everywhere when empty.
    var folders: [String] = []

    static let all: [ForbiddenWord] = [
        ForbiddenWord(pattern: #"\btry!"#, reason: "a trap instead of an error"),
        ForbiddenWord(pattern: #"\bfatalError\("#, reason: "input gets a sentence, not a trap", folders: ["Sources/"]),
        ForbiddenWord(
            pattern: #"@unchecked Sendable"#, reason: "needs a one-line proof beside it", excusedByComment: true),
        ForbiddenWord(
            pattern: #"nonisolated\(unsafe\)"#, reason: "needs a one-line proof beside it", excusedByComment: true),
        ForbiddenWord(
            pattern: #"\bTask(\.detached)?(<[^>]*>)?(\([^)]*\))? *\{"#,
            reason: "unstructured work outlives its caller; structured concurrency, or the one helper",
            except: unstructuredTasks, folders: ["Sources/"]),
        ForbiddenWord(
            pattern: #"\btry\? +(await +)?[\w.]*\b(store|roles|reader|editor|registry|client|queues|schema)\b\??\."#,
            reason: "a store's answer is not to be thrown away"),
        ForbiddenWord(
            pattern: #"(\bThread\.sleep|(?<![\w.])u?sleep\()"#,
            reason: "await the event instead, or say beside it why there is none", except: sleepers,
            excusedByComment: true,
            folders: ["Tests/"]),
        ForbiddenWord(pattern: #"@preconcurrency"#, reason: "needs a one-line proof beside it", excusedByComment: true),
    ]

    /// Sleeping is their work there: handlers that take a while, and a writer that holds the lock for one.
    static let sleepers = ["Tests/Fixtures/", "Tests/CommandFixture/", "Tests/HakobiSQLiteTests/SharingTests.swift"]

    /// Where unstructured tasks are made, each file with its reason beside the task.
    static let unstructuredTasks = ["Sources/Hakobi/Concurrency.swift"]
}

@Suite("Words the house does without")
struct WordTests {
    @Test("Forbidden words", arguments: ForbiddenWord.all.map(\.pattern))
    func forbidden(pattern: String) throws {
        let word = try #require(ForbiddenWord.all.first { $0.pattern == pattern })
        let expression = try NSRegularExpression(pattern: pattern)
        for file in SwiftFile.all where word.concerns(file.path) {
            for (index, line) in file.text.code.enumerated() where expression.matches(line) {
                if word.excusedByComment, file.hasComment(at: index) { continue }
                Issue.record("\(file.path):\(index + 1): \(word.reason): \(file.text.lines[index])")
            }
        }
    }

    @Test(
        "Each of them is seen where it stands",
        arguments: [
            "let a = try! f()", "fatalError(\"no\")", "final class A: @unchecked Sendable {",
            "nonisolated(unsafe) var a = 1",
            "Task { await f() }", "Task.detached { f() }", "Task(priority: .high) { f() }",
            "try? await store.claim(demand)",
            "_ = try? await roles.editor?.prune(retention, limit: 1)", "Thread.sleep(forTimeInterval: 1)", "usleep(10)",
        ])
    func seen(line: String) throws {
        let patterns = try ForbiddenWord.all.map { try NSRegularExpression(pattern: $0.pattern) }
        #expect(patterns.contains { $0.matches(SwiftText(line).code[0]) })
    }

    @Test("No catch is empty")
    func emptyCatch() throws {
        let expression = try NSRegularExpression(pattern: #"\bcatch\b[^{}]*\{\s*\}"#)
        for file in SwiftFile.all {
            let code = file.text.code.joined(separator: "\n")
            for match in expression.matches(in: code, range: NSRange(code.startIndex..., in: code)) {
                let line = code.utf16.prefix(match.range.location).count { $0 == 10 } + 1
                Issue.record("\(file.path):\(line): an empty catch hides what went wrong")
            }
        }
    }

    @Test("SQL stands only among a store's statements and migrations")
    func sql() throws {
        let words =
            #"\b(SELECT|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|CREATE (UNIQUE )?(TABLE|INDEX)|BEGIN IMMEDIATE)\b|\bPRAGMA \w+ ?([=;("]|$)"#
        let expression = try NSRegularExpression(pattern: words)
        for file in SwiftFile.sources where !file.maySpeakSQL {
            for (index, line) in file.text.uncommented.enumerated() where expression.matches(line) {
                Issue.record("\(file.path):\(index + 1): SQL belongs into Statements/: \(line)")
            }
        }
    }
}

extension ForbiddenWord {
    func concerns(_ path: String) -> Bool {
        (folders.isEmpty || folders.contains { path.hasPrefix($0) }) && !except.contains { path.hasPrefix($0) }
    }
}

extension SwiftFile {
    /// A comment ends the line, or stands right above it.
    func hasComment(at index: Int) -> Bool {
        text.lines[index].contains("//")
            || index > 0 && text.lines[index - 1].trimmingCharacters(in: .whitespaces).hasPrefix("//")
    }

    var maySpeakSQL: Bool {
        path.contains("/Statements/") || path.contains("/Migrations/")
    }
}

extension NSRegularExpression {
    func matches(_ line: String) -> Bool {
        firstMatch(in: line, range: NSRange(line.startIndex..., in: line)) != nil
    }

    /// What the first parenthesis of each match holds.
    func firstGroups(in text: String) -> [String] {
        matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap { match in
            Range(match.range(at: 1), in: text).map { String(text[$0]) }
        }
    }
}
