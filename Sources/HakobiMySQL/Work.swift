internal import HakobiCore
internal import HakobiDatabase

/// What is handed to a connection's thread. Inserts and settlements can be merged with their like; everything else is done
/// one after another.
enum Work: Sendable {
    case insert([NewJob], Reply<[Insertion]>)
    case settle([Settlement], Reply<[Receipt]>)
    case other(Operation)
}

/// One operation of its own: alone, or in a transaction.
struct Operation: Sendable {
    /// It works on the tables, so they must be of this program's version.
    var needsSchema = true
    /// Several statements, all or nothing.
    var isTransaction = false
    /// Does it, and answers how to tell the caller once that is durable.
    let body: @Sendable (Session) throws(MySQLError) -> @Sendable () -> Void
}

extension Link {
    /// Hands in an operation of its own and waits for its answer.
    func perform<Value: Sendable>(
        _ operation: String, needsSchema: Bool = true, isTransaction: Bool = false,
        _ body: @escaping @Sendable (Session) throws(MySQLError) -> Value
    ) async throws(StoreError) -> Value {
        try await submit(operation) { reply in
            .other(
                Operation(needsSchema: needsSchema, isTransaction: isTransaction) { session throws(MySQLError) in
                    let value = try body(session)
                    return { reply.succeed(value) }
                })
        }
    }
}
