/// Claims. The texts are made of numbers only, several statements to a message.
struct ClaimStatements: Sendable {
    let tables: Tables

    /// Where to look: a lane's waiting room, from a moment and row on.
    struct Look {
        let place: Int64
        let moment: Int64
        let row: Int64
        let limit: Int
    }

    private static let columns: SQL = """
        j.job_row, j.id, j.place, j.attempt, j.due, j.created, j.failures, j.crashes, j.max_failures, j.flags, j.version,
        j.codec, j.soft_limit, j.hard_limit, j.metadata, j.payload
        """

    /// Which queues are paused, and how many lanes there are: lanes are never removed, but those with lower numbers may be
    /// committed later. Small tables.
    var news: [SQL] {
        ["SELECT queue FROM \(tables.queue) WHERE is_paused = 1", "SELECT COUNT(*) FROM \(tables.lane)"]
    }

    private func range(_ look: Look, _ now: SQL) -> SQL {
        """
        j.place = \(look.place) AND (j.moment > \(look.moment) OR j.moment = \(look.moment) AND j.job_row > \(look.row))
        AND j.moment <= \(now)
        """
    }

    /// The head of one lane. Index by_order: one seek, then what is taken. Locks what it takes, waits for nobody.
    func take(_ look: Look, now: SQL) -> SQL {
        """
        SELECT \(Self.columns), \(now) FROM \(tables.byOrder.as("j")) WHERE \(range(look, now))
        ORDER BY j.moment, j.job_row LIMIT \(look.limit) FOR UPDATE SKIP LOCKED
        """
    }

    /// The heads of several, without locking: the index alone, one seek a lane.
    func peek(_ looks: [Look], now: SQL) -> SQL {
        let parts = looks.map { look -> SQL in
            """
            (SELECT j.place, j.moment, j.job_row FROM \(tables.byOrder.as("j")) WHERE \(range(look, now))
            ORDER BY j.moment, j.job_row LIMIT \(look.limit))
            """
        }
        return "\(parts, separator: " UNION ALL ")"
    }

    /// Those that were seen, as far as nobody else has them. Primary key. Guard: that each still waits is looked at.
    func take(rows: [Int64], now: SQL) -> SQL {
        """
        SELECT \(Self.columns), \(now) FROM \(tables.job) AS j WHERE j.job_row IN (\(list: rows)) AND j.place > 0
        AND j.moment <= \(now) FOR UPDATE SKIP LOCKED
        """
    }

    /// Writes the leases of rows that this transaction has locked. Primary key.
    func start(rows: [Int64], owner: Int64, until: Int64, now: Int64) -> SQL {
        """
        UPDATE \(tables.job) SET place = -2, moment = \(until), owner = \(owner), attempt = attempt + 1, claimed = \(now)
        WHERE job_row IN (\(list: rows))
        """
    }

    func checkpoints(rows: [Int64]) -> SQL {
        "SELECT job_row, checkpoint FROM \(tables.kept) WHERE job_row IN (\(list: rows)) AND checkpoint IS NOT NULL"
    }
}

extension SQL {
    /// A table under a short name; what forces its index comes after that.
    func `as`(_ alias: String) -> SQL {
        let parts = text.split(separator: " ", maxSplits: 1)
        return .name("\(parts[0]) AS \(alias)" + (parts.count > 1 ? " \(parts[1])" : ""))
    }
}
