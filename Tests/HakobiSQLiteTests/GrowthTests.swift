import Foundation
import Glibc
import HakobiTestKit
import Testing

@testable import HakobiSQLite

/// Retention keeps the file as large as what is in it: 200 rounds of 2,000 jobs in `make soak`, eight otherwise.
@Suite("A file that stays as large as it is")
struct GrowthTests {
    @Test(.timeLimit(.minutes(10)))
    func bounded() async throws {
        try await withStore { store, directory in
            let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] != nil
            let sizes = try await Churn.sizes(isSoak: isSoak, of: store) {
                try ["", "-wal"].map { suffix in
                    var info = stat()
                    try #require(lstat(directory.file() + suffix, &info) == 0)
                    return Int(info.st_size)
                }.reduce(0, +)
            }
            print("bytes of the file after four rounds: \(sizes.settled), at the end: \(sizes.later)")
            #expect(sizes.later < sizes.settled * 3 / 2)
        }
    }
}
