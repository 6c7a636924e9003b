import HakobiCore

@testable import HakobiMySQL

extension MySQLStore {
    private var links: [Link] { [books, take] }

    /// Begins to count what this store's sessions read.
    func forgetReads() async throws {
        for link in links {
            try await link.perform("test") { session throws(MySQLError) in
                _ = try session.run("FLUSH STATUS", commits: false)
            }
        }
    }

    /// Rows and entries of indexes that this store's sessions have read since; also those that an index alone has ruled out.
    func reads() async throws -> Int64 {
        var sum: Int64 = 0
        for link in links { sum += try await link.reads() }
        return sum
    }
}

extension Link {
    /// The same of one session.
    func reads() async throws -> Int64 {
        try await perform("test") { session throws(MySQLError) in
            let counts = try session.run(
                """
                SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler_read%' OR Variable_name = 'Handler_icp_attempts'
                """, commits: false)
            var sum: Int64 = 0
            for row in counts { sum += try row.int(1) }
            return sum
        }
    }
}
