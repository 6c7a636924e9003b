import Foundation
import HakobiTestKit
import Testing

@testable import HakobiMySQL

/// Retention and the server's own purge keep the tables as large as what is in them: 200 rounds of 2,000 jobs in
/// `make soak`, eight otherwise.
@Suite("Tables on MariaDB that stay as large as they are")
struct GrowthTests {
    @Test(.timeLimit(.minutes(10)))
    func bounded() async throws {
        let place = try OwnDatabase()
        try await place.withStore { store in
            let isSoak = ProcessInfo.processInfo.environment["HAKOBI_SOAK"] != nil
            let sizes = try await Churn.sizes(isSoak: isSoak, of: store) {
                let text = try place.sql(
                    """
                    SELECT cast(sum(file_size) AS int) FROM information_schema.innodb_sys_tablespaces
                    WHERE name LIKE '\(place.name)/%'
                    """)
                return try #require(Int(text))
            }
            print("bytes of the tables on MariaDB after four rounds: \(sizes.settled), at the end: \(sizes.later)")
            #expect(sizes.later < sizes.settled * 3 / 2)
        }
    }
}
