#if SQLite
    import GRDB
    import Glibc
    import HakobiMaildir
    import Synchronization

    /// What handlers of mail mostly do: a row for each, in the database that MAIL_DB names, with the moment at which its handler
    /// began, in nanoseconds of CLOCK_MONOTONIC. The database is opened once a process.
    enum MailTable {
        private static let database = Mutex<DatabaseQueue?>(nil)

        static func insert(_ envelope: MailEnvelope) throws {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            let started = now.tv_sec * 1_000_000_000 + now.tv_nsec
            let message = try envelope.open()
            try opened().write { db in
                try db.cachedStatement(
                    sql: "INSERT INTO mail (sender, recipient, message_id, subject, started) VALUES (?, ?, ?, ?, ?)"
                ).execute(arguments: [
                    envelope.returnPath, envelope.recipient, envelope.messageID, message["Subject"], started,
                ])
            }
        }

        private static func opened() throws -> DatabaseQueue {
            try database.withLock { database in
                if let database { return database }
                var configuration = Configuration()
                configuration.busyMode = .timeout(60)
                let opened = try DatabaseQueue(
                    path: getenv("MAIL_DB").map { String(cString: $0) } ?? "mail.db", configuration: configuration)
                database = opened
                return opened
            }
        }
    }
#endif
