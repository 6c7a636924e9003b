/// Statements that travel together: one message there, one answer back.
///
/// Without `.begin` and `.commit` among them, all of a round is one transaction: PostgreSQL commits at the Sync that ends
/// it, or does nothing of it (protocol-flow, "Pipelining"). Each statement sees what was committed before it began.
final class Round {
    /// One statement with the range of its parameters.
    struct Step {
        let statement: Statement
        let parameters: Range<Int>
    }

    private(set) var steps: [Step] = []
    let parameters = Parameters()
    /// It writes nothing: an answer that gets lost leaves no doubt.
    var isReadOnly = false

    /// Adds a statement, whose parameters `bind` gives in order; answers its place among the answers.
    @discardableResult
    func add(_ statement: Statement, _ bind: (Parameters) -> Void = { _ in }) -> Int {
        let first = parameters.count
        bind(parameters)
        steps.append(Step(statement: statement, parameters: first..<parameters.count))
        return steps.count - 1
    }

    func clear() {
        steps.removeAll(keepingCapacity: true)
        parameters.clear()
        isReadOnly = false
    }
}

/// What a round's statements answered, by the places that `Round.add` gave.
struct Answers {
    var rows: [Rows?]

    /// The answer of a statement; its round has not failed, so it has one.
    subscript(step: Int) -> Rows {
        get throws(PostgresError) {
            guard rows.indices.contains(step), let found = rows[step] else {
                throw PostgresError(defect: "a round has no answer number \(step)")
            }
            return found
        }
    }
}
