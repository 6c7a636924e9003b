internal import HakobiCore
internal import HakobiDatabase

/// What is handed to a connection's thread. Inserts, settlements and claims can be merged with their like; everything else
/// is done one after another.
enum Work: Sendable {
    case insert([NewJob], Reply<[Insertion]>)
    case settle([Settlement], Reply<[Receipt]>)
    case claim(Demand, Reply<[ClaimedJob]>)
    case other(Operation)
}

/// One operation of its own: a single round, or several in a transaction.
struct Operation: Sendable {
    /// It works on the tables, so they must be of this program's version.
    var needsSchema = true
    /// It takes more than one round, between which nothing may change: BEGIN before it, COMMIT after it.
    var isTransaction = false
    /// Does it, and answers how to tell the caller once that is durable.
    let body: @Sendable (Session) throws(PostgresError) -> @Sendable () -> Void
}

extension Link<Work> {
    /// Hands in an operation of its own and waits for its answer.
    func perform<Value: Sendable>(
        _ operation: String, needsSchema: Bool = true, isTransaction: Bool = false,
        _ body: @escaping @Sendable (Session) throws(PostgresError) -> Value
    ) async throws(StoreError) -> Value {
        try await submit(operation) { reply in
            .other(
                Operation(needsSchema: needsSchema, isTransaction: isTransaction) { session throws(PostgresError) in
                    let value = try body(session)
                    return { reply.succeed(value) }
                })
        }
    }
}
