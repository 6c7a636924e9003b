import Foundation
import HakobiCore
import HakobiTestKit
import Testing

@Suite("docs/backoff.md")
struct BackoffDocumentTests {
    /// `HAKOBI_UPDATE_DOCS=1` writes the page anew instead.
    @Test("the page says what the default policy does")
    func page() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let file = root.appending(path: "docs/backoff.md")
        let wanted = BackoffTable.page
        if ProcessInfo.processInfo.environment["HAKOBI_UPDATE_DOCS"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try wanted.write(to: file, atomically: true, encoding: .utf8)
        }
        let found = try String(contentsOf: file, encoding: .utf8)
        #expect(found == wanted, "run this test with HAKOBI_UPDATE_DOCS=1 and commit the page")
    }
}
