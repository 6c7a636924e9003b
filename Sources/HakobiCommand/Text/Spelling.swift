/// The nearest valid spelling of a word that was not understood.
enum Spelling {
    /// The candidate with the fewest edits, when they are few for the word's length (a third of it, at least 1).
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let bound = max(1, word.count / 3)
        return
            candidates
            .map { (word: $0, distance: distance(word, $0)) }
            .filter { $0.distance <= bound }
            .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?
            .word
    }

    /// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours cost one each.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.lowercased().utf8)
        let right = Array(right.lowercased().utf8)
        var rows = [Array(0...right.count)]
        for (row, byte) in left.enumerated() {
            var next = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(rows[row][column + 1] + 1, next[column] + 1, rows[row][column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    best = min(best, rows[row - 1][column - 1] + 1)
                }
                next.append(best)
            }
            rows.append(next)
        }
        return rows[left.count][right.count]
    }
}
