extension Schema {
    /// The indexes of our tables, and how each is made.
    static func indexes(prefix: String) -> [(index: DoctorFacts.Index, statement: String)] {
        var indexes: [(DoctorFacts.Index, String)] = []
        for (table, line) in columnLines(prefix: prefix) {
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "KEY"), place < 2, words.count > place + 1, words[0] != "PRIMARY"
            else {
                continue
            }
            let definition = line.hasSuffix(",") ? String(line.dropLast()) : line
            indexes.append(
                (
                    DoctorFacts.Index(table: table, name: String(words[place + 1])),
                    "ALTER TABLE \(table) ADD \(definition)"
                ))
        }
        return indexes
    }

    /// Our tables, and a column of each.
    static func tables(prefix: String) -> [(name: String, column: String)] {
        var tables: [(String, String)] = []
        for (table, line) in columnLines(prefix: prefix) where tables.last?.0 != table {
            tables.append((table, String(line.split(separator: " ")[0])))
        }
        return tables
    }

    /// What stands between the parentheses of each table.
    private static func columnLines(prefix: String) -> [(table: String, line: String)] {
        var lines: [(String, String)] = []
        var table: String?
        for line in script(prefix: prefix).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("CREATE TABLE IF NOT EXISTS "), words.count > 5 {
                table = String(words[5])
            } else if line.hasPrefix(")") {
                table = nil
            } else if let table, !words.isEmpty {
                lines.append((table, words.joined(separator: " ")))
            }
        }
        return lines
    }
}
