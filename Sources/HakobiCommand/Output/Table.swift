/// Columns for people: as wide as their widest cell, two spaces apart; numbers to the right.
struct Table {
    private let headings: [String]
    private let alignRight: Set<Int>
    private var rows: [[String]] = []

    /// A heading that begins with ">" is aligned to the right.
    init(_ headings: [String]) {
        alignRight = Set(headings.indices.filter { headings[$0].hasPrefix(">") })
        self.headings = headings.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var isEmpty: Bool { rows.isEmpty }

    var lines: [String] {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { cells in
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return alignRight.contains(column) ? space + cell : cell + space
            }
            var line = padded.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    func print() { Output.print(lines.joined(separator: "\n")) }
}
