internal import HakobiCore
internal import Synchronization

/// What the two connections of one store know together.
final class Shared: Sendable {
    let statements: AllStatements
    let options: PostgresOptions
    let channel: String
    let quotedSchema: String
    let cursors = Mutex(LaneCursors())
    let batches = Batches()
    let hints = Hints()
    /// How often this process has made a lane: the other connection then reads them again.
    let lanesMade = Atomic<Int>(0)
    /// The way of hints to other processes, once there is one.
    let books = Mutex<(@Sendable () -> Link<Work>?)?>(nil)

    init(_ address: PostgresAddress, _ options: PostgresOptions) {
        self.options = options
        channel = address.channel
        quotedSchema = address.quotedSchema
        statements = AllStatements(address.quotedSchema)
    }

    /// A hint for the others on its own; lost when it cannot be sent.
    func tellOthers() {
        guard let link = books.withLock({ $0?() }) else { return }
        link.send(Operation.notify(channel, ""), done: { _ in })
    }
}

extension Operation {
    /// Sends one payload on a channel.
    static func notify(_ channel: String, _ payload: String) -> Operation {
        Operation(needsSchema: false) { session throws(PostgresError) in
            let round = session.newRound()
            round.isReadOnly = true
            round.add(.notify) {
                $0.text(channel)
                $0.text(payload)
            }
            _ = try session.run(round)
            return {}
        }
    }
}

extension Link<Work> {
    /// Hands in an operation that nobody waits for; `done` hears whether it was done.
    func send(_ operation: Operation, done: @escaping @Sendable (Bool) -> Void) {
        let body = operation.body
        let make = { (reply: Reply<Void>) in
            Work.other(
                Operation(needsSchema: operation.needsSchema) { session throws(PostgresError) in
                    let answer = try body(session)
                    return {
                        answer()
                        reply.succeed(())
                    }
                })
        }
        post("hint", make) { answer in
            if case .success = answer { done(true) } else { done(false) }
        }
    }
}

/// Every statement, for one schema.
struct AllStatements: Sendable {
    let session: SessionStatements
    let names: NameStatements
    let insert: InsertStatements
    let claim: ClaimStatements
    let move: MoveStatements
    let rescue: RescueStatements
    let edit: EditStatements
    let read: ReadStatements

    init(_ schema: String) {
        session = SessionStatements(schema)
        names = NameStatements(schema)
        insert = InsertStatements(schema)
        claim = ClaimStatements(schema)
        move = MoveStatements(schema)
        rescue = RescueStatements(schema)
        edit = EditStatements(schema)
        read = ReadStatements(schema)
    }
}
